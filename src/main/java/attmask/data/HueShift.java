package attmask.data;

/**
 * Turns the hue to the bit as Pillow's 8-bit HSV conversions, there and back, do (which torchvision's jitter calls),
 * without a branch or a table, so that all of it becomes vector instructions.
 *
 * <p>There: the hue, in sixths of a circle, is a whole number and ± the middle channel's distance from the largest, as a
 * share of the smallest one's; number and sign follow from the order of the channels. Saturation is the spread as a
 * share of the largest channel, v. Both are rounded down to 255ths. Back: a channel is v·(1 - s·d), rounded, where s is
 * the saturation, and d, how dark it is, goes from 0 to 1 and back with the hue, each channel's a third of a circle after
 * the other's.
 *
 * <p>A test goes through all hues, saturations and values: float32 gives what Pillow's mixture with double does.
 */
final class HueShift {
    private static final float LARGEST = ColorBlock.LARGEST;
    private static final float SIXTHS = 6;

    /** A sixth of a circle, in units of a 255th of it; d has the same unit. */
    private static final float SIXTH = LARGEST;

    /** In place of a divisor 0, where 0 is divided; nothing beside 1. */
    private static final float TINY = 1e-30f;

    /** A whole number and this much less are rounded to the same, and so is all between it and the next but a 255th. */
    private static final float BELOW_HALF = 0.499f;

    /** v, 0..255. */
    private final float[] values = new float[ColorBlock.SIZE];
    /** Largest minus smallest channel. */
    private final float[] spreads = new float[ColorBlock.SIZE];
    /** Largest minus middle channel, as a share of the spread; then saturation in 255ths, times v. */
    private final float[] shares = new float[ColorBlock.SIZE];
    /** The hue in sixths of a circle, -1..5; then, turned, in 6 · 255ths of one. */
    private final float[] angles = new float[ColorBlock.SIZE];
    /** 1 where the hue is negative, else 0. */
    private final float[] negative = new float[ColorBlock.SIZE];

    /** Turns the hue of all pixels by so many of 256 steps, 0..255. */
    void apply(ColorBlock pixels, int steps) {
        float[] red = pixels.channel(0);
        float[] green = pixels.channel(1);
        float[] blue = pixels.channel(2);
        int length = pixels.length();
        largest(values, red, green, blue, length);
        spread(spreads, red, green, blue, length);
        middle(shares, values, spreads, red, green, blue, length);
        sixths(angles, negative, shares, red, green, blue, length);
        turn(angles, negative, steps, length);
        shade(shares, values, spreads, length);
        red(red, values, shares, angles, length);
        other(green, values, shares, angles, 2 * SIXTH, length);
        other(blue, values, shares, angles, 4 * SIXTH, length);
    }

    private static void largest(float[] values, float[] red, float[] green, float[] blue, int length) {
        for (int i = 0; i < length; i++) {
            float larger = (red[i] + green[i] + Math.abs(red[i] - green[i])) * 0.5f;
            values[i] = (larger + blue[i] + Math.abs(larger - blue[i])) * 0.5f;
        }
    }

    /** Of the three differences the largest is the sum of the others. */
    private static void spread(float[] spreads, float[] red, float[] green, float[] blue, int length) {
        for (int i = 0; i < length; i++) {
            float sum = Math.abs(red[i] - green[i]) + Math.abs(green[i] - blue[i]) + Math.abs(red[i] - blue[i]);
            spreads[i] = sum * 0.5f;
        }
    }

    private static void middle(
            float[] shares, float[] values, float[] spreads, float[] red, float[] green, float[] blue, int length) {
        for (int i = 0; i < length; i++) {
            float middle = red[i] + green[i] + blue[i] - 2 * values[i] + spreads[i];
            shares[i] = (values[i] - middle) / (spreads[i] + TINY);
        }
    }

    private static void sixths(
            float[] sixths, float[] negative, float[] shares, float[] red, float[] green, float[] blue, int length) {
        for (int i = 0; i < length; i++) {
            float order1 = order(red[i] - green[i]);
            float order2 = order(green[i] - blue[i]);
            float order3 = order(red[i] - blue[i]);
            float greenLast = (1 + order1) * (1 - order2) * 0.25f;
            sixths[i] = 2 - order3 * (1 + 2 * greenLast) - order1 * order2 * order3 * shares[i];
            negative[i] = greenLast * (1 + order3) * 0.5f;
        }
    }

    /** 1 if a difference of whole numbers is 0 or more, -1 if it is less. */
    private static float order(float difference) {
        return Math.abs(difference + 1) - Math.abs(difference);
    }

    private static void turn(float[] angles, float[] negative, float steps, int length) {
        for (int i = 0; i < length; i++) {
            float hue = ColorBlock.floor((angles[i] / SIXTHS + negative[i]) * LARGEST) + steps;
            float circles = ColorBlock.round(hue * (1f / Planes.LEVELS) - BELOW_HALF);
            angles[i] = SIXTHS * (hue - Planes.LEVELS * circles);
        }
    }

    private static void shade(float[] shares, float[] values, float[] spreads, int length) {
        for (int i = 0; i < length; i++) {
            shares[i] = values[i] * ColorBlock.round(LARGEST * spreads[i] / (values[i] + TINY) - BELOW_HALF);
        }
    }

    /** Red is darkest opposite to the start of the circle. */
    private static void red(float[] target, float[] values, float[] shares, float[] angles, int length) {
        for (int i = 0; i < length; i++) {
            float dark = 2 * SIXTH - Math.abs(angles[i] - 3 * SIXTH);
            target[i] = values[i] - part(shares[i], dark);
        }
    }

    /** Green and blue are brightest at {@code peak}. */
    private static void other(float[] target, float[] values, float[] shares, float[] angles, float peak, int length) {
        for (int i = 0; i < length; i++) {
            float dark = Math.abs(angles[i] - peak) - SIXTH;
            target[i] = values[i] - part(shares[i], dark);
        }
    }

    /** v·s·d, rounded, of v·s and of d before it is clipped to 0..1. There are no ties, since 255² is odd. */
    static float part(float shade, float dark) {
        float clipped = (Math.abs(dark) - Math.abs(dark - LARGEST) + LARGEST) * 0.5f;
        return ColorBlock.round(shade * clipped * (1 / (LARGEST * LARGEST)));
    }
}
