package attmask.ptx;

import java.util.HashMap;
import java.util.Map;

/** Integers of 64 bits and float64, a line for each opcode. */
final class LongArithmetic {
    private static final int LANES = Warp.LANES;
    /** d ← f(a, b, c) in every lane; unused operands are any slot. */
    interface Operation {
        void run(long[] d, long[] a, long[] b, long[] c);
    }

    private static final Map<String, Operation> TABLE = new HashMap<>();

    private LongArithmetic() {}

    static {
        put("mov.b64 mov.u64 mov.s64 mov.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i];
            }
        });
        put("add.s64 add.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] + b[i];
            }
        });
        put("sub.s64 sub.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] - b[i];
            }
        });
        put("mul.lo.s64 mul.lo.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i];
            }
        });
        put("mul.hi.s64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.multiplyHigh(a[i], b[i]);
            }
        });
        put("mul.hi.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.multiplyHigh(a[i], b[i]) + (a[i] >> 63 & b[i]) + (b[i] >> 63 & a[i]);
            }
        });
        put("mad.lo.s64 mad.lo.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i] + c[i];
            }
        });
        put("div.s64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : a[i] / b[i];
            }
        });
        put("div.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : Long.divideUnsigned(a[i], b[i]);
            }
        });
        put("rem.s64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? a[i] : a[i] % b[i];
            }
        });
        put("rem.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? a[i] : Long.remainderUnsigned(a[i], b[i]);
            }
        });
        put("min.s64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.min(a[i], b[i]);
            }
        });
        put("max.s64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.max(a[i], b[i]);
            }
        });
        put("min.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Long.compareUnsigned(a[i], b[i]) < 0 ? a[i] : b[i];
            }
        });
        put("max.u64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Long.compareUnsigned(a[i], b[i]) > 0 ? a[i] : b[i];
            }
        });
        put("neg.s64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = -a[i];
            }
        });
        put("abs.s64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.abs(a[i]);
            }
        });
        put("and.b64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & b[i];
            }
        });
        put("or.b64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] | b[i];
            }
        });
        put("xor.b64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] ^ b[i];
            }
        });
        put("not.b64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = ~a[i];
            }
        });
        put("brev.b64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Long.reverse(a[i]);
            }
        });
        put("add.f64 add.rn.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(real(a[i]) + real(b[i]));
            }
        });
        put("sub.f64 sub.rn.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(real(a[i]) - real(b[i]));
            }
        });
        put("mul.f64 mul.rn.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(real(a[i]) * real(b[i]));
            }
        });
        put("fma.rn.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.fma(real(a[i]), real(b[i]), real(c[i])));
            }
        });
        put("div.rn.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(real(a[i]) / real(b[i]));
            }
        });
        put("rcp.rn.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(1 / real(a[i]));
            }
        });
        put("sqrt.rn.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.sqrt(real(a[i])));
            }
        });
        put("min.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(
                        Double.isNaN(real(a[i]))
                                ? real(b[i])
                                : Double.isNaN(real(b[i])) ? real(a[i]) : Math.min(real(a[i]), real(b[i])));
            }
        });
        put("max.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(
                        Double.isNaN(real(a[i]))
                                ? real(b[i])
                                : Double.isNaN(real(b[i])) ? real(a[i]) : Math.max(real(a[i]), real(b[i])));
            }
        });
        put("neg.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] ^ Long.MIN_VALUE;
            }
        });
        put("abs.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & Long.MAX_VALUE;
            }
        });
        put("cvt.rni.f64.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.rint(real(a[i])));
            }
        });
        put("cvt.rmi.f64.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.floor(real(a[i])));
            }
        });
        put("cvt.rpi.f64.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.ceil(real(a[i])));
            }
        });
        put("cvt.rzi.s64.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = MixedArithmetic.toLong(real(a[i]));
            }
        });
        put("cvt.rni.s64.f64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = MixedArithmetic.toLong(Math.rint(real(a[i])));
            }
        });
        put("cvt.rn.f64.s64", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((double) a[i]);
            }
        });
    }

    private static void put(String opcodes, Operation operation) {
        for (String opcode : opcodes.split(" ")) {
            TABLE.put(opcode, operation);
        }
    }

    /** Null when the table does not have it. */
    static Operation of(String opcode) {
        return TABLE.get(opcode);
    }

    private static double real(long bits) {
        return Double.longBitsToDouble(bits);
    }

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }
}
