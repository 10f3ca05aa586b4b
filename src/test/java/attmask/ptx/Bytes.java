package attmask.ptx;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Moves values between byte arrays and the lanes of registers, little-endian. */
final class Bytes {
    static final VarHandle I16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle I32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle I64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ONES = 0x0101010101010101L;

    private Bytes() {}

    /** Lanes' words ← values of 1, 2 or 4 bytes at their offsets plus {@code more}, extended, and cut to 16 bits if half. */
    static void load(int[] d, byte[] data, int[] offsets, int more, int mask, int bytes, boolean signed, boolean half) {
        switch (bytes) {
            case 4 -> {
                if (mask == -1) {
                    for (int lane = 0; lane < Warp.LANES; lane++) {
                        d[lane] = (int) I32.get(data, offsets[lane] + more);
                    }
                    return;
                }
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = Integer.numberOfTrailingZeros(k);
                    d[lane] = (int) I32.get(data, offsets[lane] + more);
                }
            }
            case 2 -> {
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = Integer.numberOfTrailingZeros(k);
                    short value = (short) I16.get(data, offsets[lane] + more);
                    d[lane] = signed && !half ? value : value & 0xffff;
                }
            }
            default -> {
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = Integer.numberOfTrailingZeros(k);
                    byte value = data[offsets[lane] + more];
                    d[lane] = !signed ? value & 0xff : half ? value & 0xffff : value;
                }
            }
        }
    }

    /** The same into 64-bit registers, of 1 to 8 bytes. */
    static void load(long[] d, byte[] data, int[] offsets, int more, int mask, int bytes, boolean signed) {
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = Integer.numberOfTrailingZeros(k);
            int at = offsets[lane] + more;
            d[lane] = switch (bytes) {
                case 8 -> (long) I64.get(data, at);
                case 4 -> signed ? (int) I32.get(data, at) : (int) I32.get(data, at) & 0xffffffffL;
                case 2 -> signed ? (short) I16.get(data, at) : (short) I16.get(data, at) & 0xffffL;
                default -> signed ? data[at] : data[at] & 0xffL;
            };
        }
    }

    /** Values of 1, 2 or 4 bytes ← lanes' words. */
    static void store(byte[] data, int[] offsets, int more, int mask, int bytes, int[] s) {
        switch (bytes) {
            case 4 -> {
                if (mask == -1) {
                    for (int lane = 0; lane < Warp.LANES; lane++) {
                        I32.set(data, offsets[lane] + more, s[lane]);
                    }
                    return;
                }
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = Integer.numberOfTrailingZeros(k);
                    I32.set(data, offsets[lane] + more, s[lane]);
                }
            }
            case 2 -> {
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = Integer.numberOfTrailingZeros(k);
                    I16.set(data, offsets[lane] + more, (short) s[lane]);
                }
            }
            default -> {
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = Integer.numberOfTrailingZeros(k);
                    data[offsets[lane] + more] = (byte) s[lane];
                }
            }
        }
    }

    /** Values of 1 to 8 bytes ← lanes' 64-bit registers. */
    static void store(byte[] data, int[] offsets, int more, int mask, int bytes, long[] s) {
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = Integer.numberOfTrailingZeros(k);
            int at = offsets[lane] + more;
            switch (bytes) {
                case 8 -> I64.set(data, at, s[lane]);
                case 4 -> I32.set(data, at, (int) s[lane]);
                case 2 -> I16.set(data, at, (short) s[lane]);
                default -> data[at] = (byte) s[lane];
            }
        }
    }

    /** Whether all of these flags, 1 to 16 of them, are 1. */
    static boolean all(byte[] flags, int at, int count) {
        return switch (count) {
            case 1 -> flags[at] == 1;
            case 2 -> (short) I16.get(flags, at) == (short) ONES;
            case 4 -> (int) I32.get(flags, at) == (int) ONES;
            case 8 -> (long) I64.get(flags, at) == ONES;
            case 16 -> (long) I64.get(flags, at) == ONES && (long) I64.get(flags, at + 8) == ONES;
            default -> {
                for (int i = at; i < at + count; i++) {
                    if (flags[i] != 1) {
                        yield false;
                    }
                }
                yield true;
            }
        };
    }

    static void mark(byte[] flags, int at, int count) {
        switch (count) {
            case 1 -> flags[at] = 1;
            case 2 -> I16.set(flags, at, (short) ONES);
            case 4 -> I32.set(flags, at, (int) ONES);
            case 8 -> I64.set(flags, at, ONES);
            default -> Arrays.fill(flags, at, at + count, (byte) 1);
        }
    }
}
