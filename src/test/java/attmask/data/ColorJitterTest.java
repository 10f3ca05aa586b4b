package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.ops.Augment;
import attmask.ops.Augment.Change;
import attmask.ops.Augment.Colour;
import attmask.ops.CropPixels;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColorJitterTest {
    /** Any of the changes in any order; images of one pixel, of parts of a block and of several; one instance. */
    @Test
    void changesAreTheOnesOfThePlainForm() {
        int[][] sizes = {{1, 1}, {7, 9}, {32, 16}, {27, 19}, {47, 23}, {64, 48}};
        ColorJitter jitter = new ColorJitter();
        for (int number = 0; number < 300; number++) {
            RandomStream random = new RandomStream(6, Purpose.TEST, number, 0);
            int[] size = sizes[number % sizes.length];
            RgbImage image = RgbImage.black(size[0], size[1]);
            for (int i = 0; i < image.rgb().length; i++) {
                image.rgb()[i] = (byte) random.nextInt(256);
            }
            List<Colour> changes = changes(random);
            Planes planes = new Planes();
            planes.load(image);
            jitter.apply(changes, planes);
            assertArrayEquals(plain(image, changes), values(planes), number + ": " + changes);
        }
    }

    private static List<Colour> changes(RandomStream random) {
        List<Colour> changes = new ArrayList<>();
        for (int change : random.permutation(4)) {
            Change kind = Change.values()[change];
            if (random.chance(0.8)) {
                changes.add(new Colour(kind, kind == Change.HUE ? random.uniform(-0.5, 0.5) : random.uniform(0, 2)));
            }
        }
        return changes;
    }

    private static int[] plain(RgbImage image, List<Colour> changes) {
        var whole = new Augment.Image(0, image.width(), image.height());
        var crop = new Augment.Crop(0, whole, 0, 0, image.width(), image.height(), false, changes, false, 0, false);
        return CropPixels.of(ByteBuffer.wrap(image.rgb()), crop, image.width(), image.height());
    }

    private static int[] values(Planes planes) {
        int[] values = new int[3 * planes.pixels()];
        for (int channel = 0; channel < 3; channel++) {
            System.arraycopy(planes.plane(channel), 0, values, channel * planes.pixels(), planes.pixels());
        }
        return values;
    }

    /** More pixels than are added up in floats before a double takes the sum. */
    @Test
    void theMeanOfALargeImageIsExact() {
        Planes image = new Planes();
        image.reshape(1000, 800);
        for (int channel = 0; channel < 3; channel++) {
            Arrays.fill(image.plane(channel), 0, 399_999, 253);
            Arrays.fill(image.plane(channel), 399_999, 800_000, 254);
        }
        new ColorJitter().apply(List.of(new Colour(Change.CONTRAST, 0)), image);
        // 253 and 400,001 / 800,000: the least that is rounded up.
        assertEquals(254, image.plane(0)[0]);
        assertEquals(254, image.plane(2)[799_999]);
    }
}
