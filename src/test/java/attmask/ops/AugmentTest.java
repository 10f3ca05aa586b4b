package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ops.Augment.Change;
import attmask.ops.Augment.Colour;
import attmask.ops.Augment.Crop;
import attmask.ops.Augment.Image;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.Trial;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AugmentTest {
    /** Width and height of the images: one pixel, a line, odd ones, and one that is halved and more. */
    private static final int[][] IMAGES = {{1, 1}, {1, 37}, {53, 1}, {31, 33}, {97, 61}, {211, 130}};

    /** Height and width of crops: one pixel, a line, less and more than a tile, a prime. */
    private static final int[][] SIZES = {{1, 1}, {1, 40}, {16, 8}, {31, 33}, {65, 32}, {24, 97}};

    private static final int CROPS = 12;

    /** Noise and, in half of the columns, few values, so that every branch of the colour changes is taken. */
    private static byte[] bytes(int count) {
        RandomStream random = new RandomStream(count, Purpose.TEST, 5, 0);
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i % 30 < 15 ? random.nextInt(256) : 127 * random.nextInt(3));
        }
        return bytes;
    }

    private static List<Image> images() {
        List<Image> images = new ArrayList<>();
        long end = 0;
        for (int[] size : IMAGES) {
            images.add(new Image(end, size[0], size[1]));
            end = images.get(images.size() - 1).end();
        }
        return images;
    }

    private static List<Colour> colours(RandomStream random) {
        List<Colour> colours = new ArrayList<>();
        for (int i : random.permutation(4)) {
            Change change = Change.values()[i];
            if (random.chance(0.7)) {
                double amount = change == Change.HUE ? random.uniform(-0.5, 0.5) : random.uniform(0, 2);
                colours.add(new Colour(change, amount));
            }
        }
        return colours;
    }

    /** Crops of all images in turn, into rows from the last to the first; one row is left alone. */
    private static List<Crop> crops() {
        List<Crop> crops = new ArrayList<>();
        for (int i = 0; i < CROPS; i++) {
            RandomStream random = new RandomStream(i, Purpose.TEST, 6, 0);
            Image image = images().get((IMAGES.length - 1 + i) % IMAGES.length);
            int width = 1 + random.nextInt(image.width());
            int height = 1 + random.nextInt(image.height());
            crops.add(new Crop(
                    CROPS - i,
                    image,
                    random.nextInt(image.width() - width + 1),
                    random.nextInt(image.height() - height + 1),
                    width,
                    height,
                    random.chance(0.5),
                    colours(random),
                    random.chance(0.2),
                    random.chance(0.6) ? random.uniform(0.1, 5) : 0,
                    random.chance(0.3)));
        }
        return crops;
    }

    /** Nothing may differ before the normalisation, which is rounded once. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, trial -> {
                int count = (int) images().get(IMAGES.length - 1).end();
                Tensor images = trial.bytes("images", bytes(count), count);
                Tensor crops = trial.accumulator("crops", CROPS + 1, 3, size[0], size[1]);
                trial.backend().augment().forward(crops, images, crops());
                trial.backend().augment().forward(crops, images, List.of());
            });
        }
    }

    private static Crop plain(int width, int height, List<Colour> colours) {
        return new Crop(0, new Image(0, width, height), 0, 0, width, height, false, colours, false, 0, false);
    }

    private static int[] values(Crop crop, byte[] image) {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .augment()
                .forward(
                        trial.realOutput("crops", 1, 3, crop.height(), crop.width()),
                        trial.bytes("images", image, image.length),
                        List.of(crop)));
        double[] planes = result.values("crops");
        int[] values = new int[planes.length];
        for (int i = 0; i < planes.length; i++) {
            int channel = 3 * i / planes.length;
            while (Augment.normalised(channel, values[i]) < planes[i]) {
                values[i]++;
            }
            assertEquals(Augment.normalised(channel, values[i]), planes[i]);
        }
        return values;
    }

    /** Two pixels, in planes: red 10 and 200, green 20 and 100, blue 30 and 0. */
    @Test
    void knownValues() {
        byte[] image = {10, 20, 30, (byte) 200, 100, 0};
        assertArrayEquals(new int[] {10, 200, 20, 100, 30, 0}, values(plain(2, 1, List.of()), image));
        assertArrayEquals(
                new int[] {5, 100, 10, 50, 15, 0},
                values(plain(2, 1, List.of(new Colour(Change.BRIGHTNESS, 0.5))), image));
        int grey = (18 + 118) / 2;
        int[] flat = values(plain(2, 1, List.of(new Colour(Change.CONTRAST, 0))), image);
        assertArrayEquals(new int[] {grey, grey, grey, grey, grey, grey}, flat);
        assertArrayEquals(
                new int[] {18, 118, 18, 118, 18, 118},
                values(plain(2, 1, List.of(new Colour(Change.SATURATION, 0))), image));
        Crop solarised = new Crop(0, new Image(0, 2, 1), 0, 0, 2, 1, true, List.of(), false, 0, true);
        assertArrayEquals(new int[] {55, 10, 100, 20, 0, 30}, values(solarised, image));
    }

    /** A wide box on a narrow crop makes all of it nearly its mean. */
    @Test
    void aWideBlurLevels() {
        byte[] image = new byte[3 * 8];
        for (int i = 12; i < image.length; i++) {
            image[i] = (byte) 200;
        }
        Crop crop = new Crop(0, new Image(0, 8, 1), 0, 0, 8, 1, false, List.of(), false, 30, false);
        for (int value : values(crop, image)) {
            assertTrue(value >= 90 && value <= 110, "value " + value);
        }
    }

    @Test
    void wrongInput() {
        Trial.run(Backends.REFERENCE, trial -> {
            Augment op = trial.backend().augment();
            Tensor crops = trial.real("crops", 2, 3, 4, 5);
            Tensor images = trial.bytes("images", new byte[30], 30);
            List<Crop> fits = List.of(plain(5, 2, List.of()));
            List<Crop> large = List.of(plain(11, 1, List.of()));
            Contract.rejects(() -> op.forward(crops, images, large), "augment.forward", "images", "(30)", "11");
            Contract.rejects(
                    () -> op.forward(trial.real("flat", 2, 3, 20), images, fits), "(2, 3, 20)", "(N, 3, h, w)");
            Contract.rejects(() -> op.forward(crops, crops, fits), "augment.forward", "images", "U8");
            Crop below = new Crop(2, new Image(0, 1, 1), 0, 0, 1, 1, false, List.of(), false, 0, false);
            Contract.rejects(() -> op.forward(crops, images, List.of(below)), "row 2", "(2, 3, 4, 5)");
        });
        Image image = new Image(0, 4, 4);
        for (int[] box :
                new int[][] {{-1, 0, 1, 1}, {0, 0, 5, 1}, {0, 3, 1, 2}, {0, 0, 0, 1}, {Integer.MAX_VALUE, 0, 1, 1}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Crop(0, image, box[0], box[1], box[2], box[3], false, List.of(), false, 0, false));
        }
        assertThrows(IllegalArgumentException.class, () -> new Colour(Change.HUE, 0.6));
        assertThrows(IllegalArgumentException.class, () -> new Colour(Change.BRIGHTNESS, Double.NaN));
        Colour twice = new Colour(Change.CONTRAST, 1);
        assertThrows(IllegalArgumentException.class, () -> plain(1, 1, List.of(twice, twice)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Crop(0, image, 0, 0, 1, 1, false, List.of(), false, Double.NaN, false));
    }
}
