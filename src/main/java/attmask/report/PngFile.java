package attmask.report;

import attmask.config.UserException;
import attmask.data.RgbImage;
import attmask.file.WholeFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes pictures as PNG; equal pictures give equal bytes. */
public final class PngFile {
    private PngFile() {}

    /**
     * Writes the file aside, then renames it.
     *
     * @throws UserException if it cannot be written
     */
    public static void write(RgbImage image, Path path) {
        byte[] png = encode(image);
        WholeFile.write(path, out -> out.write(png));
    }

    /** The same pixels for Java's own drawing. */
    static BufferedImage buffered(RgbImage image) {
        BufferedImage pixels = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                pixels.setRGB(x, y, image.get(x, y, 0) << 16 | image.get(x, y, 1) << 8 | image.get(x, y, 2));
            }
        }
        return pixels;
    }

    private static byte[] encode(RgbImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(buffered(image), "png", out);
        } catch (IOException e) {
            throw new IllegalStateException("a PNG cannot be made in memory", e);
        }
        return bytes.toByteArray();
    }
}
