package attmask.data;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes JPEG, PNG, BMP and WebP files, known by their first bytes, to 8-bit RGB as Pillow's {@code convert("RGB")}
 * gives it: alpha is dropped, palettes are looked up, grey is repeated, colour profiles are not applied. JPEGs are
 * turned upright by their EXIF orientation. A file that ends early counts as unreadable. Thread-safe.
 */
public final class ImageDecoder {
    /** Names the system property for another limit against decompression bombs than {@link #MAX_PIXELS}. */
    public static final String MAX_PIXELS_PROPERTY = "attmask.maxPixels";

    /** Pillow's limit: files that claim more pixels are refused before decoding. */
    public static final long MAX_PIXELS = 178_956_970;

    /** Longer files are refused before reading: an array must hold them, and so must a pack's shard. */
    public static final long MAX_BYTES = 1_000_000_000;
    /** Progressive JPEGs have about ten; a scan of a few bytes costs as much time as the whole image has pixels. */
    private static final int MOST_SCANS = 100;
    /** A damaged file has a few; libjpeg may tell of thousands behind its end, each with 3 kB of garbage. */
    private static final int MOST_FAULTS = 100;

    /** File name endings of the formats, lower case. */
    public static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "png", "bmp", "webp");

    private static final Set<String> FORMATS = Set.of("jpeg", "png", "bmp", "webp");

    static {
        // Nothing here draws on a screen; without this, AWT may look for one.
        if (System.getProperty("java.awt.headless") == null) {
            System.setProperty("java.awt.headless", "true");
        }
        ImageIO.setUseCache(false);
        ImageIO.scanForPlugins();
    }

    private ImageDecoder() {}

    /** Whether a file's name ends like one of the formats, in any case. */
    public static boolean isImageName(String name) {
        int dot = name.lastIndexOf('.');
        return dot >= 0 && EXTENSIONS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
    }

    /**
     * Reads an image's file, whatever is in it.
     *
     * @throws UnreadableImageException when it is longer than {@link #MAX_BYTES}
     * @throws IOException when the file cannot be read
     */
    static byte[] read(Path file) throws IOException {
        checkLength(Files.size(file));
        return Files.readAllBytes(file);
    }

    /** @throws UnreadableImageException when an image's file is longer than {@link #MAX_BYTES} */
    static void checkLength(long bytes) throws UnreadableImageException {
        if (bytes > MAX_BYTES) {
            throw new UnreadableImageException(bytes + " bytes, more than the limit of " + MAX_BYTES);
        }
    }

    /**
     * Decodes the bytes of a file.
     *
     * @throws UnreadableImageException when they are not a whole image of a known format
     */
    public static RgbImage decode(byte[] file) throws UnreadableImageException {
        return decode(file, Long.getLong(MAX_PIXELS_PROPERTY, MAX_PIXELS));
    }

    /**
     * The same for a file.
     *
     * @param mostPixels files that claim more are refused before decoding
     * @throws IOException when it cannot be read, or not as an image
     */
    public static RgbImage decode(Path file, long mostPixels) throws IOException {
        return decode(read(file), mostPixels);
    }

    /** @param mostPixels files that claim more are refused before decoding */
    static RgbImage decode(byte[] file, long mostPixels) throws UnreadableImageException {
        if (file.length == 0) {
            throw new UnreadableImageException("empty file");
        }
        boolean webp = WebpHeader.isRiff(file);
        if (webp) {
            WebpHeader.check(file, mostPixels);
        }
        if (BmpHeader.isBmp(file)) {
            BmpHeader.check(file);
        }
        boolean jpeg = JpegHeader.isJpeg(file);
        if (jpeg && JpegHeader.scans(file) > MOST_SCANS) {
            throw new UnreadableImageException("more than " + MOST_SCANS + " scans, which no image needs");
        }
        try (ImageInputStream stream = webp
                ? new WebpStream(file)
                : new ByteArrayImageInputStream(jpeg ? JpegHeader.withoutProfile(file) : file)) {
            return decode(file, stream, mostPixels);
        } catch (UnreadableImageException e) {
            throw e;
        } catch (EOFException e) {
            throw new UnreadableImageException("truncated", e);
        } catch (IOException | RuntimeException e) {
            throw new UnreadableImageException(oneLine(e), e);
        } catch (OutOfMemoryError e) {
            throw new UnreadableImageException("too large for the Java heap", e);
        }
    }

    private static RgbImage decode(byte[] file, ImageInputStream stream, long mostPixels) throws IOException {
        ImageReader reader = reader(stream);
        try {
            reader.setInput(stream, true, true);
            checkSize(reader.getWidth(0), reader.getHeight(0), mostPixels);
            Faults faults = new Faults();
            reader.addIIOReadWarningListener(faults);
            RgbImage image;
            if (isFormat(reader, "jpeg")) {
                image = decodeJpeg(reader, JpegHeader.of(file));
            } else {
                image = RasterColors.toRgb(reader.read(0));
            }
            if (faults.truncated) {
                throw new UnreadableImageException("truncated");
            }
            return image;
        } finally {
            reader.dispose();
        }
    }

    private static ImageReader reader(ImageInputStream stream) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (FORMATS.stream().anyMatch(format -> isFormat(reader, format))) {
                return reader;
            }
            reader.dispose();
        }
        throw new UnreadableImageException("not a JPEG, PNG, BMP or WebP image");
    }

    private static boolean isFormat(ImageReader reader, String format) {
        for (String name : reader.getOriginatingProvider().getFormatNames()) {
            if (name.equalsIgnoreCase(format)) {
                return true;
            }
        }
        return false;
    }

    private static void checkSize(int width, int height, long mostPixels) throws UnreadableImageException {
        if ((long) width * height > mostPixels) {
            throw new UnreadableImageException(width + "x" + height + " pixels, more than the limit of " + mostPixels
                    + "; java -D" + MAX_PIXELS_PROPERTY + "=N sets another");
        }
    }

    private static RgbImage decodeJpeg(ImageReader reader, JpegHeader header) throws IOException {
        RgbImage image =
                switch (header.components()) {
                    case 3 -> readInPlace(reader);
                    case 4 -> RasterColors.cmykToRgb(reader.readRaster(0, null), header.ycck());
                    default -> RasterColors.toRgb(reader.read(0));
                };
        return Orientation.upright(image, header.orientation());
    }

    /** Where the reader chooses the order of the channels, it copies them one by one, and they must be copied again. */
    private static RgbImage readInPlace(ImageReader reader) throws IOException {
        RgbImage image = RgbImage.black(reader.getWidth(0), reader.getHeight(0));
        ImageReadParam param = reader.getDefaultReadParam();
        param.setDestination(RasterColors.view(image));
        reader.read(0, param);
        return image;
    }

    /** libjpeg goes on with grey after a premature end of its data, and over bytes without meaning, and only warns. */
    private static final class Faults implements IIOReadWarningListener {
        private int count;
        private boolean truncated;

        /** @throws IllegalStateException if it is one too many; the reader hands it on */
        @Override
        public void warningOccurred(ImageReader source, String warning) {
            String text = warning.toLowerCase(Locale.ROOT);
            truncated |=
                    text.contains("premature end") || text.contains("truncated") || text.contains("unexpected end");
            if (++count > MOST_FAULTS) {
                throw new IllegalStateException("more than " + MOST_FAULTS + " faults, the last: " + warning);
            }
        }
    }

    private static String oneLine(Throwable e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("unknown error");
    }
}
