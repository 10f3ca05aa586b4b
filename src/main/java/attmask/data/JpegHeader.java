package attmask.data;

import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.MetadataException;
import com.drew.metadata.adobe.AdobeJpegDirectory;
import com.drew.metadata.adobe.AdobeJpegReader;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.drew.metadata.jpeg.JpegDirectory;
import com.drew.metadata.jpeg.JpegReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What a JPEG's markers say beyond its pixels.
 *
 * @param components 1 grey, 3 colour, 4 CMYK or YCCK
 * @param ycck whether an Adobe marker says that four components are YCbCr and K
 * @param orientation 1..8 of EXIF; 1, upright, when there is none or it makes no sense
 */
record JpegHeader(int components, boolean ycck, int orientation) {
    private static final int ADOBE_YCCK = 2;
    private static final int START_OF_SCAN = 0xDA;
    private static final int APP2 = 0xE2;
    private static final byte[] PROFILE = "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII);

    /** Reads the markers; damaged metadata is no reason to refuse the image. */
    static JpegHeader of(byte[] file) throws IOException {
        try {
            Metadata metadata = JpegMetadataReader.readMetadata(
                    new ByteArrayInputStream(file), List.of(new JpegReader(), new ExifReader(), new AdobeJpegReader()));
            return new JpegHeader(components(metadata), ycck(metadata), orientation(metadata));
        } catch (JpegProcessingException e) {
            return new JpegHeader(3, false, 1);
        }
    }

    /** Whether a file starts as a JPEG. */
    static boolean isJpeg(byte[] file) {
        return file.length > 3 && (file[0] & 0xFF) == 0xFF && (file[1] & 0xFF) == 0xD8 && (file[2] & 0xFF) == 0xFF;
    }

    /** How often the file begins a scan over the image; thumbnails in its metadata count too. */
    static int scans(byte[] file) {
        int scans = 0;
        for (int at = 0; at + 1 < file.length; at++) {
            if ((file[at] & 0xFF) == 0xFF && (file[at + 1] & 0xFF) == START_OF_SCAN) {
                scans++;
            }
        }
        return scans;
    }

    /** The file without its colour profile (segments APP2 named ICC_PROFILE), so that no decoder applies it. */
    static byte[] withoutProfile(byte[] file) {
        ByteArrayOutputStream kept = null;
        int from = 0;
        int at = 2;
        while (at + 4 <= file.length && (file[at] & 0xFF) == 0xFF) {
            int marker = file[at + 1] & 0xFF;
            int end = at + 2 + ((file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF);
            if (marker == START_OF_SCAN || end > file.length) {
                break;
            }
            if (marker == APP2 && hasName(file, at + 4, end)) {
                kept = kept == null ? new ByteArrayOutputStream(file.length) : kept;
                kept.write(file, from, at - from);
                from = end;
            }
            at = end;
        }
        if (kept == null) {
            return file;
        }
        kept.write(file, from, file.length - from);
        return kept.toByteArray();
    }

    private static boolean hasName(byte[] file, int from, int end) {
        return end - from >= PROFILE.length
                && Arrays.equals(file, from, from + PROFILE.length, PROFILE, 0, PROFILE.length);
    }

    private static int components(Metadata metadata) {
        JpegDirectory frame = metadata.getFirstDirectoryOfType(JpegDirectory.class);
        Integer count = frame == null ? null : frame.getInteger(JpegDirectory.TAG_NUMBER_OF_COMPONENTS);
        return count == null ? 3 : count;
    }

    private static boolean ycck(Metadata metadata) {
        AdobeJpegDirectory adobe = metadata.getFirstDirectoryOfType(AdobeJpegDirectory.class);
        Integer transform = adobe == null ? null : adobe.getInteger(AdobeJpegDirectory.TAG_COLOR_TRANSFORM);
        return transform != null && transform == ADOBE_YCCK;
    }

    private static int orientation(Metadata metadata) {
        for (ExifIFD0Directory exif : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
            try {
                int value = exif.getInt(ExifIFD0Directory.TAG_ORIENTATION);
                if (value >= 1 && value <= 8) {
                    return value;
                }
            } catch (MetadataException e) {
                // No orientation in this directory.
                continue;
            }
        }
        return 1;
    }
}
