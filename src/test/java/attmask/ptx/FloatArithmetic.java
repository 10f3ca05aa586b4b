package attmask.ptx;

import java.util.HashMap;
import java.util.Map;

/** float32 and bfloat16 in 32-bit registers, a line for each opcode; all correctly rounded. */
final class FloatArithmetic {
    private static final int LANES = Warp.LANES;
    /** d ← f(a, b, c) in every lane; unused operands are any slot. */
    interface Operation {
        void run(int[] d, int[] a, int[] b, int[] c);
    }

    private static final int SIGN = 1 << 31;
    private static final Map<String, Operation> TABLE = new HashMap<>();

    private FloatArithmetic() {}

    static {
        put("add.f32 add.rn.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(real(a[i]) + real(b[i]));
            }
        });
        put("sub.f32 sub.rn.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(real(a[i]) - real(b[i]));
            }
        });
        put("mul.f32 mul.rn.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(real(a[i]) * real(b[i]));
            }
        });
        put("fma.rn.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.fma(real(a[i]), real(b[i]), real(c[i])));
            }
        });
        put("add.ftz.f32 add.rn.ftz.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(flush(flush(real(a[i])) + flush(real(b[i]))));
            }
        });
        put("sub.ftz.f32 sub.rn.ftz.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(flush(flush(real(a[i])) - flush(real(b[i]))));
            }
        });
        put("mul.ftz.f32 mul.rn.ftz.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(flush(flush(real(a[i])) * flush(real(b[i]))));
            }
        });
        put("fma.rn.ftz.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(flush(Math.fma(flush(real(a[i])), flush(real(b[i])), flush(real(c[i])))));
            }
        });
        put("fma.rm.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.down(real(a[i]), real(b[i]), real(c[i])));
            }
        });
        put("fma.rp.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.up(real(a[i]), real(b[i]), real(c[i])));
            }
        });
        put("fma.rz.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.towardZero(real(a[i]), real(b[i]), real(c[i])));
            }
        });
        put("add.rm.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.down(real(a[i]), 1, real(b[i])));
            }
        });
        put("add.rp.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.up(real(a[i]), 1, real(b[i])));
            }
        });
        put("add.rz.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.towardZero(real(a[i]), 1, real(b[i])));
            }
        });
        put("mul.rm.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.down(real(a[i]), real(b[i]), -0f));
            }
        });
        put("mul.rp.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.up(real(a[i]), real(b[i]), -0f));
            }
        });
        put("mul.rz.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Rounding.towardZero(real(a[i]), real(b[i]), -0f));
            }
        });
        put("div.rn.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(real(a[i]) / real(b[i]));
            }
        });
        put("rcp.rn.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(1 / real(a[i]));
            }
        });
        put("sqrt.rn.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) Math.sqrt(real(a[i])));
            }
        });
        put("min.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(min(real(a[i]), real(b[i])));
            }
        });
        put("max.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(max(real(a[i]), real(b[i])));
            }
        });
        put("min.NaN.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.min(real(a[i]), real(b[i])));
            }
        });
        put("max.NaN.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.max(real(a[i]), real(b[i])));
            }
        });
        put("neg.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] ^ SIGN;
            }
        });
        put("abs.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & ~SIGN;
            }
        });
        put("neg.bf16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] ^ 0x8000;
            }
        });
        put("abs.bf16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & 0x7fff;
            }
        });
        put("neg.bf16x2", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] ^ 0x80008000;
            }
        });
        put("abs.bf16x2", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & 0x7fff7fff;
            }
        });
        put("copysign.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] & ~SIGN | a[i] & SIGN;
            }
        });
        put("cvt.sat.f32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(saturate(real(a[i])));
            }
        });
        put("add.sat.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(saturate(real(a[i]) + real(b[i])));
            }
        });
        put("fma.rn.sat.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(saturate(Math.fma(real(a[i]), real(b[i]), real(c[i]))));
            }
        });
        put("cvt.rn.f32.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) a[i]);
            }
        });
        put("cvt.rn.f32.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) (a[i] & 0xffffffffL));
            }
        });
        put("cvt.rn.f32.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) (a[i] & 0xffff));
            }
        });
        put("cvt.rn.f32.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) (short) a[i]);
            }
        });
        put("cvt.rn.f32.u8", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) (a[i] & 0xff));
            }
        });
        put("cvt.rn.f32.s8", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) (byte) a[i]);
            }
        });
        put("cvt.rzi.s32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) real(a[i]);
            }
        });
        put("cvt.rni.s32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) Math.rint(real(a[i]));
            }
        });
        put("cvt.rmi.s32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) Math.floor(real(a[i]));
            }
        });
        put("cvt.rpi.s32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) Math.ceil(real(a[i]));
            }
        });
        put("cvt.rzi.u32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = unsigned(real(a[i]));
            }
        });
        put("cvt.rni.u32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = unsigned(Math.rint(real(a[i])));
            }
        });
        put("cvt.rmi.u32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = unsigned(Math.floor(real(a[i])));
            }
        });
        put("cvt.rpi.u32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = unsigned(Math.ceil(real(a[i])));
            }
        });
        put("cvt.rni.f32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) Math.rint(real(a[i])));
            }
        });
        put("cvt.rmi.f32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) Math.floor(real(a[i])));
            }
        });
        put("cvt.rpi.f32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) Math.ceil(real(a[i])));
            }
        });
        put("cvt.rzi.f32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(truncate(real(a[i])));
            }
        });
        put("cvt.ftz.f32.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = bits(flush(real(a[i])));
            }
        });
        put("cvt.rn.bf16.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Brain.bits(real(a[i]));
            }
        });
        put("cvt.rz.bf16.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] >>> 16;
            }
        });
        put("cvt.f32.bf16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] << 16;
            }
        });
        put("cvt.rn.bf16x2.f32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Brain.bits(real(a[i])) << 16 | Brain.bits(real(b[i]));
            }
        });
        put("fma.rn.bf16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Brain.fma(a[i], b[i], c[i]);
            }
        });
        put("fma.rn.bf16x2", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Brain.fma(a[i] >>> 16, b[i] >>> 16, c[i] >>> 16) << 16
                        | Brain.fma(a[i] & 0xffff, b[i] & 0xffff, c[i] & 0xffff);
            }
        });
        put("max.bf16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Brain.bits(max(Brain.real(a[i]), Brain.real(b[i])));
            }
        });
        put("min.bf16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Brain.bits(min(Brain.real(a[i]), Brain.real(b[i])));
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

    private static float real(int bits) {
        return Float.intBitsToFloat(bits);
    }

    private static int bits(float value) {
        return Float.floatToRawIntBits(value);
    }

    /** Subnormal numbers are 0 to {@code .ftz}. */
    static float flush(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    }

    /** Unlike Java's, PTX's min and max prefer a number to NaN. */
    private static float min(float a, float b) {
        return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b);
    }

    private static float max(float a, float b) {
        return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b);
    }

    private static float saturate(float x) {
        return Float.isNaN(x) ? 0 : Math.max(0f, Math.min(1f, x));
    }

    private static float truncate(float x) {
        return (float) (x < 0 ? Math.ceil(x) : Math.floor(x));
    }

    /** Clamped to what 32 bits without sign hold; NaN gives 0. */
    private static int unsigned(double x) {
        return (int) Math.max(0, Math.min(0xffffffffL, (long) x));
    }
}
