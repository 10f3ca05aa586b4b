package attmask.data;

import attmask.config.JitterConfig;
import attmask.random.RandomStream;

/**
 * Colour jitter: brightness, contrast and saturation by factors U(1-s, 1+s), hue turned by U(-s, s), in random order.
 */
final class ColorJitter {
    private static final int STEPS = 4;

    private ColorJitter() {}

    /** One draw of the factors and of their order (a permutation of 0 brightness, 1 contrast, 2 saturation, 3 hue). */
    record Draw(
            JitterConfig strengths, int[] order, double brightness, double contrast, double saturation, double hue) {}

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

    /** Applies a draw in place; a strength of 0 leaves its step out. */
    static void apply(Draw draw, HueShift hueShift, Planes image) {
        JitterConfig strengths = draw.strengths();
        for (int step : draw.order()) {
            if (step == 0 && strengths.brightness() > 0) {
                PixelTransform.brightness(image, (float) draw.brightness());
            } else if (step == 1 && strengths.contrast() > 0) {
                PixelTransform.contrast(image, (float) draw.contrast());
            } else if (step == 2 && strengths.saturation() > 0) {
                PixelTransform.saturation(image, (float) draw.saturation());
            } else if (step == 3 && strengths.hue() > 0) {
                hueShift.apply(image, draw.hue());
            }
        }
    }
}
