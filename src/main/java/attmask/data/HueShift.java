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
    /** The order of red and green, green and blue, red and blue. */
    private final float[][] orders = new float[3][ColorBlock.SIZE];
    /** The hue as a share of a circle; then, turned, in 6 · 255ths of one. */
    private final float[] angles = new float[ColorBlock.SIZE];

    /** Turns the hue of all pixels by so many of 256 steps, 0..255. */
    void apply(ColorBlock pixels, int steps) {
        float[] red = pixels.channel(0);
        float[] green = pixels.channel(1);
        float[] blue = pixels.channel(2);
        largest(values, red, green, blue);
        spread(spreads, red, green, blue);
        middle(shares, values, spreads, red, green, blue);
        order(orders[0], red, green);
        order(orders[1], green, blue);
        order(orders[2], red, blue);
        hue(angles, shares, orders[0], orders[1], orders[2]);
        turn(angles, steps);
        shade(shares, values, spreads);
        red(red, values, shares, angles);
        other(green, values, shares, angles, 2 * SIXTH);
        other(blue, values, shares, angles, 4 * SIXTH);
    }

    private static void largest(float[] values, float[] red, float[] green, float[] blue) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            float larger = (red[i] + green[i] + Math.abs(red[i] - green[i])) * 0.5f;
            values[i] = (larger + blue[i] + Math.abs(larger - blue[i])) * 0.5f;
        }
    }

    /** Of the three differences the largest is the sum of the others. */
    private static void spread(float[] spreads, float[] red, float[] green, float[] blue) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            float sum = Math.abs(red[i] - green[i]) + Math.abs(green[i] - blue[i]) + Math.abs(red[i] - blue[i]);
            spreads[i] = sum * 0.5f;
        }
    }

    private static void middle(
            float[] shares, float[] values, float[] spreads, float[] red, float[] green, float[] blue) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            float middle = red[i] + green[i] + blue[i] - 2 * values[i] + spreads[i];
            shares[i] = (values[i] - middle) / (spreads[i] + TINY);
        }
    }

    /** 1 if the first is at least the second, whole numbers both, -1 if it is less. */
    private static void order(float[] orders, float[] first, float[] second) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            float difference = first[i] - second[i];
            orders[i] = Math.abs(difference + 1) - Math.abs(difference);
        }
    }

    /**
     * In sixths: 1 - share for red, green, blue from the largest to the smallest, and in the other orders 1 + share, 3 ±
     * share, 5 - share, or share - 1, which is a circle less.
     */
    private static void hue(float[] hues, float[] shares, float[] redGreen, float[] greenBlue, float[] redBlue) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            float greenLast = (1 + redGreen[i]) * (1 - greenBlue[i]) * 0.25f;
            float whole = 2 - redBlue[i] * (1 + 2 * greenLast);
            float sixths = whole - redGreen[i] * greenBlue[i] * redBlue[i] * shares[i];
            float circle = greenLast * (1 + redBlue[i]) * 0.5f;
            hues[i] = sixths / SIXTHS + circle;
        }
    }

    private static void turn(float[] angles, float steps) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            float hue = ColorBlock.floor(angles[i] * LARGEST) + steps;
            float circles = ColorBlock.round(hue * (1f / Planes.LEVELS) - BELOW_HALF);
            angles[i] = SIXTHS * (hue - Planes.LEVELS * circles);
        }
    }

    private static void shade(float[] shares, float[] values, float[] spreads) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            shares[i] = values[i] * ColorBlock.round(LARGEST * spreads[i] / (values[i] + TINY) - BELOW_HALF);
        }
    }

    /** Red is darkest opposite to the start of the circle. */
    private static void red(float[] target, float[] values, float[] shares, float[] angles) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            float dark = 2 * SIXTH - Math.abs(angles[i] - 3 * SIXTH);
            target[i] = values[i] - part(shares[i], dark);
        }
    }

    /** Green and blue are brightest at {@code peak}. */
    private static void other(float[] target, float[] values, float[] shares, float[] angles, float peak) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            float dark = Math.abs(angles[i] - peak) - SIXTH;
            target[i] = values[i] - part(shares[i], dark);
        }
    }

    /** v·s·d, rounded, of v·s and of d before it is clipped to 0..1. There are no ties, since 255² is odd. */
    static float part(float shade, float dark) {
        return ColorBlock.round(shade * ColorBlock.clip(dark) * (1 / (LARGEST * LARGEST)));
    }
}
