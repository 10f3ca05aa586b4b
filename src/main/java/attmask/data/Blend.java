package attmask.data;

/** Blends as Pillow's Image.blend computes them: other + factor·(value - other) in float32, clipped and truncated. */
final class Blend {
    /** A larger factor gives the same, since all that is not equal is clipped; sums stay below 2^16. */
    private static final float LARGEST_FACTOR = 256;

    private Blend() {}

    /** With one value for all pixels: 0 for brightness, the mean grey for contrast. */
    static void constant(ColorBlock pixels, float other, float factor) {
        for (int channel = 0; channel < Planes.CHANNELS; channel++) {
            constant(pixels.channel(channel), other, Math.min(factor, LARGEST_FACTOR));
        }
    }

    /** With each pixel's own grey, for saturation. */
    static void grey(ColorBlock pixels, float factor) {
        float[] grey = pixels.grey();
        for (int channel = 0; channel < Planes.CHANNELS; channel++) {
            each(pixels.channel(channel), grey, Math.min(factor, LARGEST_FACTOR));
        }
    }

    private static void constant(float[] values, float other, float factor) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            values[i] = whole(other + factor * (values[i] - other));
        }
    }

    private static void each(float[] values, float[] others, float factor) {
        for (int i = 0; i < ColorBlock.SIZE; i++) {
            values[i] = whole(others[i] + factor * (values[i] - others[i]));
        }
    }

    private static float whole(float blended) {
        return ColorBlock.clip(ColorBlock.floor(blended));
    }
}
