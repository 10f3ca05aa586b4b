package attmask.ops.cuda;

import java.nio.ByteBuffer;

/** bfloat16 as a test sees it: the upper half of a float. */
final class Bf16 {
    /** Half the distance of two neighbours around 1: what rounding to nearest is off by at most, relatively. */
    static final double UNIT_ROUNDOFF = 0x1p-8;

    static final int BYTES = Short.BYTES;

    private Bf16() {}

    /** Rounded to nearest, ties to even. */
    static double round(double value) {
        int bits = Float.floatToRawIntBits((float) value);
        return Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
    }

    static void put(ByteBuffer to, double rounded) {
        to.putShort((short) (Float.floatToRawIntBits((float) rounded) >>> 16));
    }

    static double get(ByteBuffer from) {
        return Float.intBitsToFloat(from.getShort() << 16);
    }
}
