package attmask.data;

/**
 * Turns bytes into the model's input: (value/255 - mean) / std per channel, with the mean and deviation of ImageNet.
 */
public final class Normaliser {
    private static final double[] MEAN = {0.485, 0.456, 0.406};
    private static final double[] STD = {0.229, 0.224, 0.225};
    private static final float[][] TABLE = table();

    private Normaliser() {}

    private static float[][] table() {
        float[][] table = new float[3][256];
        for (int channel = 0; channel < 3; channel++) {
            for (int value = 0; value < 256; value++) {
                table[channel][value] = (float) ((value / 255.0 - MEAN[channel]) / STD[channel]);
            }
        }
        return table;
    }

    /** Writes an image, its curve applied, as (3,h,w) floats at {@code offset}. */
    static void store(Planes image, float[] target, int offset) {
        int[] curve = image.curve();
        float[] toned = new float[Planes.LEVELS];
        int pixels = image.pixels();
        for (int channel = 0; channel < Planes.CHANNELS; channel++) {
            for (int value = 0; value < Planes.LEVELS; value++) {
                toned[value] = TABLE[channel][curve[value]];
            }
            int[] plane = image.plane(channel);
            int to = offset + channel * pixels;
            for (int i = 0; i < pixels; i++) {
                target[to + i] = toned[plane[i] & 0xFF];
            }
        }
    }

    /** What a black pixel becomes in a channel. */
    public static float black(int channel) {
        return TABLE[channel][0];
    }

    /** The byte that a normalised value of a channel came from; values out of range are clipped. For pictures. */
    public static int restore(float value, int channel) {
        long restored = Math.round((value * STD[channel] + MEAN[channel]) * 255);
        return (int) Math.max(0, Math.min(255, restored));
    }
}
