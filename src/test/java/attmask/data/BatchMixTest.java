package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Size;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BatchMixTest {
    private static final Size SIZE = new Size(6, 10);
    private static final int IMAGE = 3 * 60;

    private static RandomStream stream(int number) {
        return new RandomStream(1, Purpose.TEST, number, 0);
    }

    /** Three images of ones, twos and threes. */
    private static float[] images() {
        float[] images = new float[3 * IMAGE];
        for (int i = 0; i < images.length; i++) {
            images[i] = 1 + i / IMAGE;
        }
        return images;
    }

    @Test
    void mixupAddsTheImageAtTheOtherEnd() {
        float[] images = images();
        new BatchMix(0.75, null).apply(images, 3, SIZE);
        float[] expected = new float[3 * IMAGE];
        Arrays.fill(expected, 0, IMAGE, 1.5f);
        Arrays.fill(expected, IMAGE, 2 * IMAGE, 2);
        Arrays.fill(expected, 2 * IMAGE, 3 * IMAGE, 2.5f);
        assertArrayEquals(expected, images);
    }

    @Test
    void cutmixTakesARectangleOfIt() {
        float[] images = images();
        new BatchMix(0.9, new BatchMix.Cut(7, 1, 3, 2)).apply(images, 3, SIZE);
        for (int i = 0; i < images.length; i++) {
            int x = i % 10;
            int y = i / 10 % 6;
            boolean cut = x >= 7 && y >= 1 && y < 3;
            int image = i / IMAGE;
            assertEquals(cut ? 3 - image : 1 + image, images[i], "image " + image + " at " + x + ", " + y);
        }
    }

    @Test
    void targetsFollowTheShares() {
        float[] targets = new float[6];
        new BatchMix(0.75, null).targets(targets, new int[] {0, 2}, 3, 0.3);
        // 0.1 for every class, and 0.7 by the shares.
        assertArrayEquals(new float[] {0.625f, 0.1f, 0.275f, 0.275f, 0.1f, 0.625f}, targets, 1e-6f);
        BatchMix.NONE.targets(targets, new int[] {1, 1}, 3, 0);
        assertArrayEquals(new float[] {0, 1, 0, 0, 1, 0}, targets);
    }

    /** λ ~ Beta(0.8, 0.8): mean ½, variance 1/(4·2.6). Half the draws cut, and the share is what is left of the image. */
    @Test
    void drawsFollowTheirLaws() {
        int draws = 4000;
        int cuts = 0;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < draws; i++) {
            BatchMix mix = BatchMix.draw(0.8, 1, SIZE, stream(i));
            if (mix.cut() == null) {
                sum += mix.share();
                squares += mix.share() * mix.share();
            } else {
                cuts++;
                BatchMix.Cut cut = mix.cut();
                assertTrue(cut.left() >= 0 && cut.left() + cut.width() <= 10 && cut.width() >= 0, mix.toString());
                assertTrue(cut.top() >= 0 && cut.top() + cut.height() <= 6 && cut.height() >= 0, mix.toString());
                assertEquals(1 - cut.width() * cut.height() / 60.0, mix.share(), 1e-12);
            }
            assertTrue(mix.share() >= 0 && mix.share() <= 1, mix.toString());
        }
        // Four deviations of a proportion, of a mean, and (about) of a variance.
        assertEquals(0.5, cuts / (double) draws, 4 * Math.sqrt(0.25 / draws));
        int mixed = draws - cuts;
        double mean = sum / mixed;
        double variance = squares / mixed - mean * mean;
        assertEquals(0.5, mean, 4 * Math.sqrt(1 / 10.4 / mixed));
        assertEquals(1 / 10.4, variance, 4 * Math.sqrt(1 / 10.4 / 10.4 / mixed));
    }

    @Test
    void eachCanBeHadAlone() {
        for (int i = 0; i < 50; i++) {
            assertNull(BatchMix.draw(0.8, 0, SIZE, stream(i)).cut());
            assertTrue(BatchMix.draw(0, 1, SIZE, stream(i)).cut() != null);
            assertSame(BatchMix.NONE, BatchMix.draw(0, 0, SIZE, stream(i)));
        }
        assertEquals(BatchMix.draw(0.8, 1, SIZE, stream(5)), BatchMix.draw(0.8, 1, SIZE, stream(5)));
    }

    @Test
    void oneImageStaysWhole() {
        float[] image = Arrays.copyOf(images(), IMAGE);
        new BatchMix(0.3, null).apply(image, 1, SIZE);
        assertArrayEquals(Arrays.copyOf(images(), IMAGE), image);
        float[] target = new float[2];
        new BatchMix(0.3, null).targets(target, new int[] {1}, 2, 0);
        assertArrayEquals(new float[] {0, 1}, target, 1e-6f);
    }
}
