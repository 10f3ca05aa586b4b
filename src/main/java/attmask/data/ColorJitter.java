package attmask.data;

import attmask.random.RandomStream;

/**
 * Colour jitter: brightness, contrast and saturation by factors U(1-s, 1+s), hue turned by U(-s, s), in random order.
 *
 * @param probability that a crop is jittered at all
 * @param brightness strength s ≥ 0; 0 leaves it out; likewise contrast and saturation
 * @param hue strength s in 0..0.5, in turns of the colour circle
 */
public record ColorJitter(double probability, double brightness, double contrast, double saturation, double hue) {
    /** DINO's and iBOT's setting. */
    public static final ColorJitter PUBLISHED = new ColorJitter(0.8, 0.4, 0.4, 0.2, 0.1);

    /** No jitter. */
    public static final ColorJitter NONE = new ColorJitter(0, 0, 0, 0, 0);

    private static final int STEPS = 4;

    /** @throws IllegalArgumentException when a value is out of range */
    public ColorJitter {
        boolean valid = probability >= 0
                && probability <= 1
                && brightness >= 0
                && contrast >= 0
                && saturation >= 0
                && hue >= 0
                && hue <= 0.5;
        if (!valid) {
            throw new IllegalArgumentException("colour jitter out of range: probability 0..1, strengths 0 or more, "
                    + "hue at most 0.5; got " + probability + ", " + brightness + ", " + contrast + ", " + saturation
                    + ", " + hue);
        }
    }

    /** One draw of the factors and of their order (a permutation of 0 brightness, 1 contrast, 2 saturation, 3 hue). */
    record Draw(int[] order, double brightness, double contrast, double saturation, double hue) {}

    /** Draws factors, or gives null when this crop is left alone. */
    Draw draw(RandomStream random) {
        if (!random.chance(probability)) {
            return null;
        }
        return new Draw(
                random.permutation(STEPS),
                factor(random, brightness),
                factor(random, contrast),
                factor(random, saturation),
                random.uniform(-hue, hue));
    }

    private static double factor(RandomStream random, double strength) {
        return random.uniform(Math.max(0, 1 - strength), 1 + strength);
    }

    /** Applies a draw in place. */
    void apply(Draw draw, byte[] rgb, int length) {
        for (int step : draw.order()) {
            switch (step) {
                case 0 -> {
                    if (brightness > 0) {
                        PixelTransform.brightness(rgb, length, (float) draw.brightness());
                    }
                }
                case 1 -> {
                    if (contrast > 0) {
                        PixelTransform.contrast(rgb, length, (float) draw.contrast());
                    }
                }
                case 2 -> {
                    if (saturation > 0) {
                        PixelTransform.saturation(rgb, length, (float) draw.saturation());
                    }
                }
                default -> {
                    if (hue > 0) {
                        PixelTransform.hue(rgb, length, draw.hue());
                    }
                }
            }
        }
    }
}
