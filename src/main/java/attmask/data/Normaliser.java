package attmask.data;

import attmask.ops.Augment;

/** Turns bytes into the model's input, as {@link Augment#normalised} says. */
public final class Normaliser {
    private static final float[][] TABLE = table();

    private Normaliser() {}

    private static float[][] table() {
        float[][] table = new float[3][256];
        for (int channel = 0; channel < 3; channel++) {
            for (int value = 0; value < 256; value++) {
                table[channel][value] = (float) Augment.normalised(channel, value);
            }
        }
        return table;
    }

    /** Writes an image as (3,h,w) floats at {@code offset}. */
    static void store(Planes image, float[] target, int offset) {
        int pixels = image.pixels();
        for (int channel = 0; channel < Planes.CHANNELS; channel++) {
            float[] table = TABLE[channel];
            int[] plane = image.plane(channel);
            int to = offset + channel * pixels;
            for (int i = 0; i < pixels; i++) {
                target[to + i] = table[plane[i] & 0xFF];
            }
        }
    }

    /** What a black pixel becomes in a channel. */
    public static float black(int channel) {
        return TABLE[channel][0];
    }

    /** The byte that a normalised value of a channel came from; values out of range are clipped. For pictures. */
    public static int restore(float value, int channel) {
        long restored = Math.round(Augment.restored(channel, value));
        return (int) Math.max(0, Math.min(255, restored));
    }
}
