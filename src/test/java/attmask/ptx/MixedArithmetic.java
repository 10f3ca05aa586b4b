package attmask.ptx;

import java.util.HashMap;
import java.util.Map;

/** Instructions that read one width and write another, and 64-bit shifts by words. */
final class MixedArithmetic {
    private static final int LANES = Warp.LANES;

    /** Words to longs; c is long, as in mad.wide. */
    interface Widening {
        void run(long[] d, int[] a, int[] b, long[] c);
    }

    /** Longs to words. */
    interface Narrowing {
        void run(int[] d, long[] a);
    }

    /** A long by a number of bits. */
    interface Shift {
        void run(long[] d, long[] a, int[] b);
    }

    private static final Map<String, Widening> WIDENING = new HashMap<>();
    private static final Map<String, Narrowing> NARROWING = new HashMap<>();
    private static final Map<String, Shift> SHIFTS = new HashMap<>();

    private MixedArithmetic() {}

    static {
        widening("cvt.s64.s32 cvt.u64.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i];
            }
        });
        widening("cvt.u64.u32 cvt.s64.u32 cvt.u64.u16 cvt.s64.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & 0xffffffffL;
            }
        });
        widening("cvt.s64.s16 cvt.u64.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (short) a[i];
            }
        });
        widening("cvt.u64.u8 cvt.s64.u8", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & 0xff;
            }
        });
        widening("cvt.s64.s8 cvt.u64.s8", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (byte) a[i];
            }
        });
        widening("mul.wide.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (long) a[i] * b[i];
            }
        });
        widening("mul.wide.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (a[i] & 0xffffffffL) * (b[i] & 0xffffffffL);
            }
        });
        widening("mad.wide.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (long) a[i] * b[i] + c[i];
            }
        });
        widening("mad.wide.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (a[i] & 0xffffffffL) * (b[i] & 0xffffffffL) + c[i];
            }
        });
        widening("cvt.f64.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Double.doubleToRawLongBits(Float.intBitsToFloat(a[i]));
            }
        });
        widening("cvt.rn.f64.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Double.doubleToRawLongBits(a[i]);
            }
        });
        widening("cvt.rn.f64.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Double.doubleToRawLongBits(a[i] & 0xffffffffL);
            }
        });
        widening("cvt.rzi.s64.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = toLong(Float.intBitsToFloat(a[i]));
            }
        });
        widening("cvt.rni.s64.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = toLong(Math.rint(Float.intBitsToFloat(a[i])));
            }
        });
        narrowing("cvt.u32.u64 cvt.s32.s64 cvt.s32.u64 cvt.u32.s64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) a[i];
            }
        });
        narrowing("cvt.u16.u64 cvt.u16.s64 cvt.s16.s64 cvt.s16.u64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) a[i] & 0xffff;
            }
        });
        narrowing("cvt.rn.f32.f64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Float.floatToRawIntBits((float) Double.longBitsToDouble(a[i]));
            }
        });
        narrowing("cvt.rn.f32.s64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Float.floatToRawIntBits((float) a[i]);
            }
        });
        narrowing("cvt.rn.f32.u64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Float.floatToRawIntBits(unsigned(a[i]));
            }
        });
        narrowing("cvt.rzi.s32.f64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = toInt(Double.longBitsToDouble(a[i]));
            }
        });
        narrowing("cvt.rni.s32.f64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = toInt(Math.rint(Double.longBitsToDouble(a[i])));
            }
        });
        narrowing("popc.b64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Long.bitCount(a[i]);
            }
        });
        narrowing("clz.b64", (d, a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Long.numberOfLeadingZeros(a[i]);
            }
        });
        shift("shl.b64", (d, a, b) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~63) != 0 ? 0 : a[i] << b[i];
            }
        });
        shift("shr.u64 shr.b64", (d, a, b) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~63) != 0 ? 0 : a[i] >>> b[i];
            }
        });
        shift("shr.s64", (d, a, b) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~63) != 0 ? a[i] >> 63 : a[i] >> b[i];
            }
        });
    }

    private static void widening(String opcodes, Widening operation) {
        for (String opcode : opcodes.split(" ")) {
            WIDENING.put(opcode, operation);
        }
    }

    private static void narrowing(String opcodes, Narrowing operation) {
        for (String opcode : opcodes.split(" ")) {
            NARROWING.put(opcode, operation);
        }
    }

    private static void shift(String opcodes, Shift operation) {
        for (String opcode : opcodes.split(" ")) {
            SHIFTS.put(opcode, operation);
        }
    }

    static Widening widening(String opcode) {
        return WIDENING.get(opcode);
    }

    static Narrowing narrowing(String opcode) {
        return NARROWING.get(opcode);
    }

    static Shift shift(String opcode) {
        return SHIFTS.get(opcode);
    }

    /** Where 64 bits take part, NaN becomes the smallest number. */
    static long toLong(double x) {
        return Double.isNaN(x) ? Long.MIN_VALUE : (long) x;
    }

    private static int toInt(double x) {
        return Double.isNaN(x) ? Integer.MIN_VALUE : (int) x;
    }

    /** Halved with its lowest bits kept sticky where it has no sign bit to spare. */
    private static float unsigned(long x) {
        return x >= 0 ? (float) x : 2 * (float) (x >>> 1 | x & 1);
    }
}
