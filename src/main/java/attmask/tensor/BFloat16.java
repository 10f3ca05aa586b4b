package attmask.tensor;

/** The number format of {@link DType#BF16}: the upper half of a float32. */
public final class BFloat16 {
    /** Largest relative error of rounding to it. */
    public static final double ROUNDOFF = 0x1p-8;

    private static final short NAN = 0x7fff;

    private BFloat16() {}

    /** The nearest one's bits, ties to even, as a GPU rounds. */
    public static short bits(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? NAN : (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    public static float value(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
