package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each NAME has NAME.expected.png beside it: what Pillow's convert("RGB") made of the file. */
class ImageDecoderTest {
    static byte[] bytes(String name) throws IOException {
        try (InputStream in = ImageDecoderTest.class.getResourceAsStream("/attmask/data/" + name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void aJpegOfEndlessScansIsNotDecoded() throws IOException {
        byte[] image = bytes("progressive.jpg");
        int scan = image.length - 2;
        while ((image[scan] & 0xFF) != 0xFF || (image[scan + 1] & 0xFF) != 0xDA) {
            scan--;
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(image, 0, scan);
        for (int i = 0; i < 100; i++) {
            file.write(image, scan, image.length - 2 - scan);
        }
        file.write(image, image.length - 2, 2);
        UnreadableImageException e =
                assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(file.toByteArray()));
        assertTrue(e.getMessage().contains("scans"), e.getMessage());
    }

    /** Its decoder would decode all of them, one over the other. */
    @Test
    void aWebpOfManyFramesThatIsNoAnimationIsNotDecoded() throws IOException {
        byte[] image = bytes("lossless-alpha.webp");
        String chunks = new String(image, StandardCharsets.ISO_8859_1);
        int frame = chunks.indexOf("VP8L");
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(image);
        file.write(image, frame, image.length - frame);
        UnreadableImageException e =
                assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(riff(file.toByteArray())));
        assertTrue(e.getMessage().contains("more than one frame"), e.getMessage());
        assertNotNull(ImageDecoder.decode(bytes("animation.webp")));
    }

    /** Three bits for each pass over the whole image. */
    @Test
    void aWebpOfEndlessTransformsIsNotDecoded() throws IOException {
        assertEquals(64, ImageDecoder.decode(losslessOf(1)).width());
        UnreadableImageException e =
                assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(losslessOf(2)));
        assertTrue(e.getMessage().contains("a transform twice"), e.getMessage());
    }

    /** A black image of 64 x 64 pixels, from which green was subtracted so many times. */
    private static byte[] losslessOf(int transforms) {
        BigInteger bits = BigInteger.ZERO;
        int length = 0;
        // Each transform: there is one, of type 2.
        for (; length < 3 * transforms; length += 3) {
            bits = bits.or(BigInteger.valueOf(0b101).shiftLeft(length));
        }
        // No further one, no cache, one code for all; five codes of one symbol of one bit, which is 0.
        length += 3;
        for (int code = 0; code < 5; code++, length += 4) {
            bits = bits.or(BigInteger.ONE.shiftLeft(length));
        }
        byte[] file = new byte[48];
        ByteBuffer out = ByteBuffer.wrap(riff(file)).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).position(8);
        out.put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII)).putInt(file.length - 20);
        out.put((byte) 0x2F).putInt(63 | 63 << 14);
        byte[] bigEndian = bits.toByteArray();
        for (int i = bigEndian.length - 1; i >= 0; i--) {
            out.put(bigEndian[i]);
        }
        return file;
    }

    private static byte[] riff(byte[] file) {
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(4, file.length - 8);
        return file;
    }

    /** What made its decoder busy for 20 seconds, and give an image. */
    @Test
    void aWebpOfThousandsOfTablesIsNotDecoded() throws IOException {
        byte[] file = Files.readAllBytes(Path.of("src/test/resources/attmask/fuzz/webp/thousands-of-huffman-tables"));
        assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(file));
    }

    /** However short it is said to be: the decoder's reader of bits would go round in the last eight bytes for ever. */
    @Test
    void aWebpThatEndsBeforeItsImageIsUnreadable() throws IOException {
        byte[] whole = bytes("lossless.webp");
        for (int length = 30; length <= whole.length - 3; length++) {
            byte[] file = riff(Arrays.copyOf(whole, length));
            assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(file), "cut to " + file.length);
        }
    }

    /** Colour, at half the resolution in the file, is 2.0 grey levels off on average: see decodesAsPillowDoes. */
    @Test
    void aLossyWebpOfSmoothColoursIsAsInPillow() throws IOException {
        byte[] actual = ImageDecoder.decode(bytes("smooth.webp")).rgb();
        byte[] expected = ImageDecoder.decode(bytes("smooth.webp.expected.png")).rgb();
        long sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += Math.abs((expected[i] & 0xFF) - (actual[i] & 0xFF));
        }
        assertTrue(sum <= 2.1 * expected.length, "on average " + (double) sum / expected.length);
    }

    @Test
    void theLimitOfPixelsCanBeSet() throws IOException {
        byte[] image = bytes("rgb.png");
        RgbImage decoded = ImageDecoder.decode(image);
        long pixels = (long) decoded.width() * decoded.height();
        assertEquals(decoded.width(), ImageDecoder.decode(image, pixels).width());
        assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(image, pixels - 1));
    }

    /**
     * The tolerance is for JPEG, whose transforms may round differently, and for lossy WebP, whose decoder here repeats
     * chroma samples where Pillow's interpolates them: much in these tiny images of strong colour, 1.5 grey levels on
     * average in photos.
     */
    @ParameterizedTest
    @CsvSource({
        "rgb.jpg,2",
        "progressive.jpg,2",
        "grey.jpg,1",
        "cmyk.jpg,2",
        "ycck.jpg,3",
        "profile.jpg,2",
        "orientation1.jpg,2",
        "orientation2.jpg,2",
        "orientation3.jpg,2",
        "orientation4.jpg,2",
        "orientation5.jpg,2",
        "orientation6.jpg,2",
        "orientation7.jpg,2",
        "orientation8.jpg,2",
        "rgb.png,0",
        "rgba.png,0",
        "grey.png,0",
        "grey-alpha.png,0",
        "palette.png,0",
        "one-bit.png,0",
        "interlaced.png,0",
        "noiend.png,0",
        "profile.png,0",
        "rgb16.png,0",
        "grey16.png,0",
        "rgb.bmp,0",
        "palette.bmp,0",
        "rgba.bmp,0",
        "grey.bmp,0",
        "lossy.webp,32",
        "lossless.webp,0",
        "flat.webp,0",
        "lossless-alpha.webp,0",
        "lossy-alpha.webp,32"
    })
    void decodesAsPillowDoes(String name, int tolerance) throws IOException {
        RgbImage actual = ImageDecoder.decode(bytes(name));
        RgbImage expected = ImageDecoder.decode(bytes(name + ".expected.png"));
        assertEquals(expected.width(), actual.width());
        assertEquals(expected.height(), actual.height());
        int worst = 0;
        for (int i = 0; i < expected.rgb().length; i++) {
            worst = Math.max(worst, Math.abs((expected.rgb()[i] & 0xFF) - (actual.rgb()[i] & 0xFF)));
        }
        assertTrue(worst <= tolerance, name + ": largest difference " + worst);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "truncated.jpg",
                "noeoi.jpg",
                "header-only.jpg",
                "truncated-progressive.jpg",
                "truncated.png",
                "corrupt.png",
                "truncated.webp",
                "truncated-lossless.webp",
                "truncated.bmp",
                "bomb.png",
                "empty.jpg",
                "text.jpg",
                "zeros.jpg"
            })
    void damagedFilesAreUnreadable(String name) throws IOException {
        byte[] file = bytes(name);
        UnreadableImageException e = assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(file));
        assertFalse(e.getMessage().isBlank());
        assertEquals(1, e.getMessage().lines().count());
    }

    /** Cut anywhere, a file must give an UnreadableImageException or its image, never another failure. */
    @ParameterizedTest
    @ValueSource(
            strings = {"rgb.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette.bmp", "lossy.webp", "lossless.webp"
            })
    void everyPrefixIsHandled(String name) throws IOException {
        byte[] file = bytes(name);
        // A PNG without its checksums and its empty last chunk (20 bytes) still has every pixel.
        int needed = name.endsWith(".png") ? file.length - 20 : file.length;
        for (int length = 0; length < needed; length += 7) {
            byte[] prefix = Arrays.copyOf(file, length);
            assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(prefix), name + " cut to " + length);
        }
    }

    /** Damage inside a file may pass unnoticed by the format, but must not escape as another kind of failure. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "orientation6.jpg",
                "cmyk.jpg",
                "profile.jpg",
                "palette.png",
                "rgb.bmp",
                "lossy.webp",
                "lossless.webp"
            })
    void flippedBytesNeverCrash(String name) throws IOException {
        byte[] file = bytes(name);
        for (int at = 0; at < Math.min(file.length, 900); at += 3) {
            byte[] damaged = file.clone();
            damaged[at] ^= (byte) 0xFF;
            try {
                assertNotNull(ImageDecoder.decode(damaged));
            } catch (UnreadableImageException e) {
                assertFalse(e.getMessage().isBlank());
            }
        }
    }

    @Test
    void aWrongNameDoesNotMatterButAnUnknownEndingDoes() {
        assertTrue(ImageDecoder.isImageName("n01440764_1.JPEG"));
        assertTrue(ImageDecoder.isImageName("a.b.WebP"));
        assertFalse(ImageDecoder.isImageName("notes.txt"));
        assertFalse(ImageDecoder.isImageName("jpg"));
    }
}
