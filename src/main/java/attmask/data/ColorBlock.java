package attmask.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Pixels of an image, few enough for the first-level cache, while their colours change: channels of floats that hold
 * whole numbers 0..255, since all that Pillow does to colours has its like in additions, products and divisions of
 * floats, which become vector instructions.
 *
 * <p>Keeps its memory between images, so one instance serves one thread.
 */
final class ColorBlock {
    /** Pixels at most. */
    static final int SIZE = 512;

    static final float LARGEST = Planes.LEVELS - 1;

    /** A float of this size has no fraction; its last bits are the whole number that was added to it. */
    private static final float NO_FRACTION = 0x1p23f;

    /** The same for numbers of both signs. */
    private static final float NO_FRACTION_SIGNED = 0x1.8p23f;

    private static final int NO_FRACTION_BITS = Float.floatToRawIntBits(NO_FRACTION);

    private final float[][] channels = new float[Planes.CHANNELS][SIZE];
    private final float[] grey = new float[SIZE];
    private final int[] values = new int[SIZE];
    private int length;

    /** Floats and ints of the same bits: the compiler makes no vectors of conversions, but it does of bit arithmetic. */
    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(SIZE * Float.BYTES).order(ByteOrder.nativeOrder());

    private final IntBuffer asInts = bytes.asIntBuffer();
    private final FloatBuffer asFloats = bytes.asFloatBuffer();

    /** Takes pixels {@code from ..} of an image, as many as there are and as there is room for. */
    void load(Planes image, int from) {
        length = Math.min(SIZE, image.pixels() - from);
        for (int channel = 0; channel < Planes.CHANNELS; channel++) {
            System.arraycopy(image.plane(channel), from, values, 0, length);
            addBits(values);
            asInts.put(0, values);
            asFloats.get(0, channels[channel]);
            add(channels[channel], -NO_FRACTION);
        }
    }

    /** Gives them back. */
    void store(Planes image, int to) {
        for (int channel = 0; channel < Planes.CHANNELS; channel++) {
            add(channels[channel], NO_FRACTION);
            asFloats.put(0, channels[channel]);
            asInts.get(0, values);
            removeBits(values);
            System.arraycopy(values, 0, image.plane(channel), to, length);
        }
    }

    private static void addBits(int[] values) {
        for (int i = 0; i < SIZE; i++) {
            values[i] |= NO_FRACTION_BITS;
        }
    }

    private static void removeBits(int[] values) {
        for (int i = 0; i < SIZE; i++) {
            values[i] ^= NO_FRACTION_BITS;
        }
    }

    private static void add(float[] values, float summand) {
        for (int i = 0; i < SIZE; i++) {
            values[i] += summand;
        }
    }

    /** Pixels that were loaded; behind them are earlier ones, so that every loop has one length. */
    int length() {
        return length;
    }

    /** Values of a channel: 0 red, 1 green, 2 blue. */
    float[] channel(int channel) {
        return channels[channel];
    }

    /** Each pixel's {@link PixelTransform#luminance}, until the next call. */
    float[] grey() {
        luminance(grey, channels[0], channels[1], channels[2]);
        return grey;
    }

    /** All sums are whole numbers up to 2^24, and a float holds these. */
    private static void luminance(float[] grey, float[] red, float[] green, float[] blue) {
        for (int i = 0; i < SIZE; i++) {
            float sum = 19595 * red[i] + 38470 * green[i] + 7471 * blue[i] + 0x8000;
            grey[i] = floor(sum * 0x1p-16f);
        }
    }

    /** The nearest whole number of one between -2^22 and 2^22, the even one of two. */
    static float round(float number) {
        return (number + NO_FRACTION_SIGNED) - NO_FRACTION_SIGNED;
    }

    /**
     * The whole number at or below one of 0..255 and any fraction; a smaller number gives 0 or less, a larger one, below
     * 2^16, at least 255. From 2^16 to 2^17 floats are multiples of 2^-7: less half of that, a number just below a whole
     * one cannot reach it, and a whole one, halfway, is rounded to even, which it is itself.
     */
    static float floor(float number) {
        float multiple = (number - 0x1p-8f + 0x1.8p16f) - 0x1.8p16f;
        return round(multiple - (0.5f - 0x1p-8f));
    }

    /** A whole number below 2^22 to 0..255: compared with Math.min, half the time. */
    static float clip(float number) {
        return (Math.abs(number) - Math.abs(number - LARGEST) + LARGEST) * 0.5f;
    }
}
