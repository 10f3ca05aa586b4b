package attmask.ops.cuda;

import attmask.tensor.BFloat16;
import java.nio.ByteBuffer;

/** bfloat16 as a test sees it. */
final class Bf16 {
    /** Half the distance of two neighbours around 1: what rounding to nearest is off by at most, relatively. */
    static final double UNIT_ROUNDOFF = 0x1p-8;

    static final int BYTES = Short.BYTES;

    private Bf16() {}

    /** Rounded to nearest, ties to even. */
    static double round(double value) {
        return BFloat16.value(BFloat16.bits((float) value));
    }

    static void put(ByteBuffer to, double rounded) {
        to.putShort(BFloat16.bits((float) rounded));
    }

    static double get(ByteBuffer from) {
        return BFloat16.value(from.getShort());
    }
}
