package attmask.ptx;

/** bfloat16: the upper half of a float32, rounded to nearest even. */
final class Brain {
    private static final int NAN = 0x7fff;

    private Brain() {}

    static int bits(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? NAN : bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }

    static float real(int bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** One rounding: the product is exact in double, the sum all but, and bfloat16 has 45 bits less. */
    static int fma(int a, int b, int c) {
        double exact = (double) real(a) * real(b) + real(c);
        float nearest = (float) exact;
        // Round to odd first, so that the second rounding cannot meet a tie that was none.
        if (nearest != exact && (Float.floatToRawIntBits(nearest) & 1) == 0 && !Float.isNaN(nearest)) {
            nearest = Math.nextAfter(nearest, exact);
        }
        return bits(nearest);
    }
}
