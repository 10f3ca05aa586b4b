package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packing as a user does it, and training from the result. */
class PackCommandTest {
    private static final int SIDE = 20;

    @TempDir
    Path root;

    private Path folder;

    @BeforeEach
    void images() throws IOException {
        folder = root.resolve("images");
        for (int i = 0; i < 10; i++) {
            for (String name : List.of("train/a/", "train/b/", "val/a/", "val/b/")) {
                jpeg(folder.resolve(name + i + ".jpg"), name.hashCode() + 31 * i);
            }
        }
        Files.writeString(folder.resolve("train/b/5.jpg"), "no image");
    }

    private static void jpeg(Path path, int seed) throws IOException {
        BufferedImage image = new BufferedImage(SIDE + seed % 2 * 3, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, (x * 7 + seed) << 16 | (y * 5 + seed) << 8 & 0xFF00 | x * y & 0xFF);
            }
        }
        Files.createDirectories(path.getParent());
        assertTrue(ImageIO.write(image, "jpg", path.toFile()));
    }

    private static Outcome run(Object... arguments) {
        return Outcome.of(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    }

    private static String out(Object... arguments) {
        Outcome outcome = run(arguments);
        assertEquals(0, outcome.code(), outcome.err());
        return outcome.out();
    }

    private static void assertRefused(String part, Object... arguments) {
        Outcome outcome = run(arguments);
        assertTrue(outcome.code() != 0, outcome.out());
        String error = outcome.err()
                .lines()
                .filter(line -> line.startsWith("error: "))
                .findFirst()
                .orElse("");
        assertTrue(error.contains(part), outcome.err());
    }

    /** The log without what depends on the time. */
    private List<String> trained(Path data) throws IOException {
        Path output = root.resolve("run-" + data.getFileName());
        out(
                "train",
                "--data",
                data,
                "--output",
                output,
                "--epochs=1",
                "--batch=4",
                "--device=cpu",
                "--threads=2",
                "--image-size=16",
                "--patch=8",
                "--width=12",
                "--depth=1",
                "--heads=3",
                "--local-crops=1",
                "--set=augmentation.localSize=8",
                "--prototypes=16",
                "--head-hidden=8",
                "--head-bottleneck=4");
        return Files.readAllLines(output.resolve("log.jsonl")).stream()
                .map(line -> line.replaceAll("\"(images_per_s|heap_mb|[a-z_]*seconds|[a-z_]*_ms[a-z_]*)\":[^,}]*", ""))
                .toList();
    }

    @Test
    void trainingFromPacksIsTrainingFromTheFolderBitForBit() throws IOException {
        Path originals = root.resolve("originals.pack");
        Path pixels = root.resolve("pixels.pack");
        String said = out("pack", folder, "-o", originals, "--shard-size=3kB");
        assertTrue(said.contains("40 images in "), said);
        assertTrue(out("pack", folder, "-o", pixels, "--shorter-side", SIDE).contains(", 1 of them unreadable"));
        List<String> expected = trained(folder);
        assertTrue(expected.size() > 5, expected.toString());
        assertEquals(expected, trained(originals));
        assertEquals(expected, trained(pixels));
    }

    @Test
    void verifyFindsWhatIsDamaged() throws IOException {
        String said = out("pack", folder);
        Path pack = root.resolve("images.pack");
        assertTrue(said.contains("wrote    " + pack.toAbsolutePath()), said);
        assertTrue(out("pack", "--verify", pack).contains("40 images in 1 shard, "));
        Path shard = root.resolve("images-00000.shard");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[100] ^= 1;
        Files.write(shard, bytes);
        assertRefused("1 of 40 images of pack " + pack + " are damaged, the first a/0.jpg", "pack", "--verify", pack);
        assertTrue(run("embed", "--help").out().contains(".pack"));
    }

    @Test
    void whatCannotBePackedIsOneLine() throws IOException {
        assertRefused("inside the data folder", "pack", folder, "-o", folder.resolve("train/x.pack"));
        assertRefused("must end in .pack", "pack", folder, "-o", root.resolve("x.tar"));
        assertRefused("check that its folder exists", "pack", folder, "-o", root.resolve("none/x.pack"));
        assertRefused("does not exist", "pack", root.resolve("nothing"));
        assertRefused("no images", "pack", Files.createDirectories(root.resolve("empty")));
        assertRefused("--shard-size", "pack", folder, "--shard-size=2GB");
        assertRefused("'1 week'", "pack", folder, "--shard-size=1 week");
        assertRefused("--shorter-side is 0", "pack", folder, "--shorter-side=0");
        assertRefused("mutually exclusive", "pack", folder, "--shorter-side=4", "--original");
        out("pack", folder);
        assertRefused("exists already", "pack", folder);
        assertTrue(out("pack", folder, "--resume").contains("kept     40 images in 1 shard"));
        assertRefused("is no pack", "pack", "--verify", folder.resolve("train/a/1.jpg"));
    }
}
