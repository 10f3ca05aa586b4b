package attmask.data;

import attmask.config.JitterConfig;
import attmask.ops.Augment.Change;
import attmask.ops.Augment.Colour;
import attmask.random.RandomStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Colour jitter: brightness, contrast and saturation by factors U(1-s, 1+s), hue turned by U(-s, s), in random order; to
 * the bit as Pillow's ImageEnhance and torchvision's hue compute them.
 *
 * <p>All changes are made while a block of pixels is in the first-level cache, but contrast has to wait until the mean
 * grey of what was done before it is known.
 *
 * <p>Keeps its memory between images, so one instance serves one thread.
 */
final class ColorJitter {
    private static final int STEPS = 4;

    /** Blocks: sums of so many greys are exact in a float. */
    private static final int MOST_SUMMED = 1 << 10;

    private final ColorBlock block = new ColorBlock();
    private final HueShift hueShift = new HueShift();
    private final float[] sums = new float[ColorBlock.SIZE];

    /** One draw of the factors and of their order (a permutation of 0 brightness, 1 contrast, 2 saturation, 3 hue). */
    record Draw(
            JitterConfig strengths, int[] order, double brightness, double contrast, double saturation, double hue) {

        /** The changes in their order; a strength of 0 leaves its step out. */
        List<Colour> colours() {
            double[] strength = {strengths.brightness(), strengths.contrast(), strengths.saturation(), strengths.hue()};
            double[] amount = {brightness, contrast, saturation, hue};
            List<Colour> colours = new ArrayList<>();
            for (int step : order) {
                if (strength[step] > 0) {
                    colours.add(new Colour(Change.values()[step], amount[step]));
                }
            }
            return colours;
        }
    }

    /** Draws factors, or gives null when this crop is left alone. */
    static Draw draw(JitterConfig strengths, RandomStream random) {
        if (!random.chance(strengths.probability())) {
            return null;
        }
        return new Draw(
                strengths,
                random.permutation(STEPS),
                factor(random, strengths.brightness()),
                factor(random, strengths.contrast()),
                factor(random, strengths.saturation()),
                random.uniform(-strengths.hue(), strengths.hue()));
    }

    private static double factor(RandomStream random, double strength) {
        return random.uniform(Math.max(0, 1 - strength), 1 + strength);
    }

    /** Makes the changes in place, one after the other. */
    void apply(List<Colour> changes, Planes image) {
        int from = 0;
        float mean = 0;
        for (int i = 0; i < changes.size(); i++) {
            if (changes.get(i).change() == Change.CONTRAST) {
                mean = meanAfter(changes.subList(from, i), mean, image);
                from = i;
            }
        }
        for (int at = 0; at < image.pixels() && !changes.isEmpty(); at += ColorBlock.SIZE) {
            block.load(image, at);
            make(changes.subList(from, changes.size()), mean);
            block.store(image, at);
        }
    }

    /** Makes changes and gives the mean grey of what comes out, rounded. */
    private float meanAfter(List<Colour> changes, float mean, Planes image) {
        double sum = 0;
        int summed = 0;
        for (int at = 0; at < image.pixels(); at += ColorBlock.SIZE) {
            block.load(image, at);
            make(changes, mean);
            add(sums, block.grey(), block.length());
            if (!changes.isEmpty()) {
                block.store(image, at);
            }
            summed++;
            if (summed == MOST_SUMMED || at + ColorBlock.SIZE >= image.pixels()) {
                sum += takeSums();
                summed = 0;
            }
        }
        return (int) (sum / image.pixels() + 0.5);
    }

    private static void add(float[] sums, float[] values, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] += values[i];
        }
    }

    private double takeSums() {
        double all = 0;
        for (int i = 0; i < sums.length; i++) {
            all += sums[i];
            sums[i] = 0;
        }
        return all;
    }

    private void make(List<Colour> changes, float mean) {
        for (Colour colour : changes) {
            float factor = (float) colour.amount();
            switch (colour.change()) {
                case BRIGHTNESS -> Blend.constant(block, 0, factor);
                case CONTRAST -> Blend.constant(block, mean, factor);
                case SATURATION -> Blend.grey(block, factor);
                case HUE -> hueShift.apply(block, colour.hueSteps());
            }
        }
    }
}
