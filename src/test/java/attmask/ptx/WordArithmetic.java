package attmask.ptx;

import java.util.HashMap;
import java.util.Map;

/** Integers and bits of 16 and 32 bits, a line for each opcode. 16-bit results keep their upper half 0. */
final class WordArithmetic {
    private static final int LANES = Warp.LANES;
    /** d ← f(a, b, c) in every lane; unused operands are any slot. */
    interface Operation {
        void run(int[] d, int[] a, int[] b, int[] c);
    }

    private static final int SIGN = 1 << 31;
    private static final Map<String, Operation> TABLE = new HashMap<>();

    private WordArithmetic() {}

    static {
        put("mov.b32 mov.u32 mov.s32 mov.f32 mov.b16 mov.u16 mov.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i];
            }
        });
        put("add.s32 add.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] + b[i];
            }
        });
        put("sub.s32 sub.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] - b[i];
            }
        });
        put("mul.lo.s32 mul.lo.u32 mul.wide.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i];
            }
        });
        put("mul.wide.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (short) a[i] * (short) b[i];
            }
        });
        put("mul.hi.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) ((long) a[i] * b[i] >> 32);
            }
        });
        put("mul.hi.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) ((a[i] & 0xffffffffL) * (b[i] & 0xffffffffL) >>> 32);
            }
        });
        put("mul24.lo.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (a[i] << 8 >> 8) * (b[i] << 8 >> 8);
            }
        });
        put("mul24.lo.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (a[i] & 0xffffff) * (b[i] & 0xffffff);
            }
        });
        put("mad.lo.s32 mad.lo.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i] + c[i];
            }
        });
        put("mad.wide.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i] + c[i];
            }
        });
        put("mad.wide.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (short) a[i] * (short) b[i] + c[i];
            }
        });
        put("mad.hi.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) ((long) a[i] * b[i] >> 32) + c[i];
            }
        });
        put("mad.hi.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) ((a[i] & 0xffffffffL) * (b[i] & 0xffffffffL) >>> 32) + c[i];
            }
        });
        put("div.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : a[i] / b[i];
            }
        });
        put("div.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : Integer.divideUnsigned(a[i], b[i]);
            }
        });
        put("rem.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? a[i] : a[i] % b[i];
            }
        });
        put("rem.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? a[i] : Integer.remainderUnsigned(a[i], b[i]);
            }
        });
        put("min.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.min(a[i], b[i]);
            }
        });
        put("max.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.max(a[i], b[i]);
            }
        });
        put("min.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.min(a[i] ^ SIGN, b[i] ^ SIGN) ^ SIGN;
            }
        });
        put("max.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.max(a[i] ^ SIGN, b[i] ^ SIGN) ^ SIGN;
            }
        });
        put("neg.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = -a[i];
            }
        });
        put("abs.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.abs(a[i]);
            }
        });
        put("sad.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = c[i] + (Integer.compareUnsigned(a[i], b[i]) < 0 ? b[i] - a[i] : a[i] - b[i]);
            }
        });
        put("sad.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = c[i] + (a[i] < b[i] ? b[i] - a[i] : a[i] - b[i]);
            }
        });
        put("and.b32 and.b16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & b[i];
            }
        });
        put("or.b32 or.b16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] | b[i];
            }
        });
        put("xor.b32 xor.b16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] ^ b[i];
            }
        });
        put("not.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = ~a[i];
            }
        });
        put("not.b16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = ~a[i] & 0xffff;
            }
        });
        put("cnot.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] == 0 ? 1 : 0;
            }
        });
        put("shl.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~31) != 0 ? 0 : a[i] << b[i];
            }
        });
        put("shr.u32 shr.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~31) != 0 ? 0 : a[i] >>> b[i];
            }
        });
        put("shr.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~31) != 0 ? a[i] >> 31 : a[i] >> b[i];
            }
        });
        put("shl.b16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~15) != 0 ? 0 : a[i] << b[i] & 0xffff;
            }
        });
        put("shr.u16 shr.b16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~15) != 0 ? 0 : a[i] >>> b[i];
            }
        });
        put("shr.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = ((b[i] & ~15) != 0 ? (short) a[i] >> 15 : (short) a[i] >> b[i]) & 0xffff;
            }
        });
        put("shf.l.wrap.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) (((long) b[i] << 32 | a[i] & 0xffffffffL) << (c[i] & 31) >>> 32);
            }
        });
        put("shf.r.wrap.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (int) (((long) b[i] << 32 | a[i] & 0xffffffffL) >>> (c[i] & 31));
            }
        });
        put("shf.l.clamp.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (c[i] & ~31) != 0 ? a[i] : (int) (((long) b[i] << 32 | a[i] & 0xffffffffL) << c[i] >>> 32);
            }
        });
        put("shf.r.clamp.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (c[i] & ~31) != 0 ? b[i] : (int) (((long) b[i] << 32 | a[i] & 0xffffffffL) >>> c[i]);
            }
        });
        put("popc.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Integer.bitCount(a[i]);
            }
        });
        put("clz.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Integer.numberOfLeadingZeros(a[i]);
            }
        });
        put("brev.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Integer.reverse(a[i]);
            }
        });
        put("bfind.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = 31 - Integer.numberOfLeadingZeros(a[i]);
            }
        });
        put("bfind.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = 31 - Integer.numberOfLeadingZeros(a[i] < 0 ? ~a[i] : a[i]);
            }
        });
        put("bfe.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = extract(a[i], b[i], c[i], false);
            }
        });
        put("bfe.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = extract(a[i], b[i], c[i], true);
            }
        });
        put("prmt.b32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = permute(a[i], b[i], c[i]);
            }
        });
        put("dp4a.s32.s32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = dot(a[i], b[i], c[i]);
            }
        });
        put("dp2a.lo.u32.u32", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = (a[i] & 0xffff) * (b[i] & 0xff) + (a[i] >>> 16) * (b[i] >>> 8 & 0xff) + c[i];
            }
        });
        put("add.s16 add.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] + b[i] & 0xffff;
            }
        });
        put("sub.s16 sub.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] - b[i] & 0xffff;
            }
        });
        put("mul.lo.s16 mul.lo.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i] & 0xffff;
            }
        });
        put("mad.lo.s16 mad.lo.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i] + c[i] & 0xffff;
            }
        });
        put("neg.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = -a[i] & 0xffff;
            }
        });
        put("min.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.min((short) a[i], (short) b[i]) & 0xffff;
            }
        });
        put("max.s16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.max((short) a[i], (short) b[i]) & 0xffff;
            }
        });
        put("min.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.min(a[i] & 0xffff, b[i] & 0xffff);
            }
        });
        put("max.u16", (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Math.max(a[i] & 0xffff, b[i] & 0xffff);
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

    /** {@code length} bits of {@code a} from {@code position}; bits beyond the last are copies of the sign, or 0. */
    private static int extract(int a, int position, int length, boolean signed) {
        int from = position & 255;
        int bits = length & 255;
        if (bits == 0) {
            return 0;
        }
        long wide = signed ? a : a & 0xffffffffL;
        long shifted = wide >> Math.min(from, 63);
        if (bits >= 32 || signed && from + bits > 32) {
            return (int) shifted;
        }
        return signed ? (int) (shifted << 64 - bits >> 64 - bits) : (int) (shifted & (1L << bits) - 1);
    }

    /** Each byte of the result is one of the eight bytes of (b, a), chosen by a nibble, or copies of its sign. */
    private static int permute(int a, int b, int selector) {
        long bytes = (long) b << 32 | a & 0xffffffffL;
        int result = 0;
        for (int i = 0; i < 4; i++) {
            int choice = selector >> 4 * i;
            int value = (int) (bytes >> 8 * (choice & 7)) & 255;
            if ((choice & 8) != 0) {
                value = (byte) value < 0 ? 255 : 0;
            }
            result |= value << 8 * i;
        }
        return result;
    }

    private static int dot(int a, int b, int c) {
        int sum = c;
        for (int i = 0; i < 32; i += 8) {
            sum += (byte) (a >> i) * (byte) (b >> i);
        }
        return sum;
    }
}
