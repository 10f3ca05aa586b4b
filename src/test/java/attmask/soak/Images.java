package attmask.soak;

import attmask.random.RandomStream;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** A labelled folder of small images, and what befalls them. Half of the training images stay as they are. */
final class Images {
    private static final int CLASSES = 4;
    private static final int SIDE = 32;
    private static final int SHAPES = 6;

    private final Path folder;
    private final RandomStream random;
    private final List<Path> victims = new ArrayList<>();
    private final Map<Path, byte[]> originals = new HashMap<>();

    /** Makes them. */
    Images(Path folder, RandomStream random, int train, int validation) throws IOException {
        this.folder = folder;
        this.random = random;
        make("train", train);
        make("val", validation);
    }

    Path folder() {
        return folder;
    }

    private void make(String part, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Path file = folder.resolve(part).resolve("class-" + i % CLASSES).resolve("image-" + i + ".png");
            Files.createDirectories(file.getParent());
            byte[] png = png();
            Files.write(file, png);
            if (part.equals("train") && i % (2 * CLASSES) < CLASSES) {
                victims.add(file);
                originals.put(file, png);
            }
        }
    }

    private byte[] png() throws IOException {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        for (int i = 0; i < SHAPES; i++) {
            graphics.setColor(new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256)));
            graphics.fillOval(
                    random.nextInt(SIDE) - SIDE / 4,
                    random.nextInt(SIDE) - SIDE / 4,
                    random.nextInt(SIDE),
                    random.nextInt(SIDE));
        }
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    private Path victim() {
        return victims.get(random.nextInt(victims.size()));
    }

    String truncate() throws IOException {
        Path file = victim();
        byte[] png = originals.get(file);
        Files.write(file, Arrays.copyOf(png, random.nextInt(png.length)));
        return file.toString();
    }

    String delete() throws IOException {
        Path file = victim();
        Files.deleteIfExists(file);
        return file.toString();
    }

    String replace() throws IOException {
        Path file = victim();
        Files.write(file, png());
        return file.toString();
    }

    String restore() throws IOException {
        Path file = victim();
        Files.write(file, originals.get(file));
        return file.toString();
    }

    /** All are there again, as they were. */
    void restoreAll() throws IOException {
        for (Path file : victims) {
            Files.write(file, originals.get(file));
        }
    }
}
