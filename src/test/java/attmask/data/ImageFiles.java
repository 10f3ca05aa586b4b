package attmask.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Small files for tests of folders. */
public final class ImageFiles {
    private ImageFiles() {}

    /** A PNG of 5 x 4 pixels of the given red, with the folders it lies in. */
    public static void png(Path path, int red) throws IOException {
        BufferedImage image = new BufferedImage(5, 4, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 5; x++) {
                image.setRGB(x, y, red << 16 | 0x4020);
            }
        }
        Files.createDirectories(path.getParent());
        try (OutputStream out = Files.newOutputStream(path)) {
            if (!ImageIO.write(image, "png", out)) {
                throw new IOException("no PNG writer");
            }
        }
    }

    /**
     * CIFAR records: labels given, pixels p of channel c of record r being r + c + p modulo 256; CIFAR-100 has coarse
     * label 9.
     */
    static void cifar(Path path, boolean hundred, int... labels) throws IOException {
        int bytes = (hundred ? 2 : 1) + 3072;
        byte[] file = new byte[labels.length * bytes];
        for (int record = 0; record < labels.length; record++) {
            int at = record * bytes;
            if (hundred) {
                file[at++] = 9;
            }
            file[at++] = (byte) labels[record];
            for (int channel = 0; channel < 3; channel++) {
                for (int pixel = 0; pixel < 1024; pixel++) {
                    file[at++] = (byte) (record + channel + pixel);
                }
            }
        }
        Files.createDirectories(path.getParent());
        Files.write(path, file);
    }
}
