package attmask.ptx;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** What instructions compute, written the slow and obvious way, for micro-kernels to be compared with. */
final class PlainMath {
    private PlainMath() {}

    static boolean less(int a, int b) {
        return (a & 0xffffffffL) < (b & 0xffffffffL);
    }

    static int divide(int a, int b, int unused) {
        return (int) ((a & 0xffffffffL) / (b & 0xffffffffL));
    }

    static int reversed(int a) {
        StringBuilder bits = new StringBuilder(Integer.toBinaryString(a)).reverse();
        return (int) Long.parseLong(bits.append("0".repeat(32 - bits.length())).toString(), 2);
    }

    /** Bit by bit; beyond bit 31 a signed number goes on with its sign, or with the field's highest bit. */
    static int field(long a, int position, int length, boolean signed) {
        if (length == 0) {
            return 0;
        }
        int last = Math.min(position + length - 1, 31);
        long sign = signed ? a >> last & 1 : 0;
        int result = 0;
        for (int i = 0; i < 32; i++) {
            long bit = i < length && position + i < 32 ? a >> position + i & 1 : sign;
            result |= (int) bit << i;
        }
        return result;
    }

    static int permuted(int a, int b, int selector) {
        int result = 0;
        for (int i = 0; i < 4; i++) {
            int choice = selector >> 4 * i & 15;
            int from = (choice & 7) < 4 ? a : b;
            int value = from >> 8 * (choice & 3) & 255;
            result |= (choice < 8 ? value : value >= 128 ? 255 : 0) << 8 * i;
        }
        return result;
    }

    /** a·b + c, exactly, then rounded down (−1), up (1) or toward zero (0). */
    static float directed(float a, float b, float c, int direction) {
        BigDecimal exact = new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c));
        int way = direction != 0 ? direction : -exact.signum();
        float nearest = exact.floatValue();
        int side = new BigDecimal(nearest).compareTo(exact);
        return side == 0 || side == way ? nearest : way > 0 ? Math.nextUp(nearest) : Math.nextDown(nearest);
    }

    static int brain(float x) {
        return Float.isNaN(x)
                ? 0x7fff
                : Float.isInfinite(x) ? Float.floatToRawIntBits(x) >>> 16 : brain(x, new BigDecimal(x));
    }

    /** Of finite numbers, to nearest even. */
    static int brain(BigDecimal x) {
        return brain(x.signum() < 0 ? -1 : 1, x);
    }

    private static int brain(float sign, BigDecimal x) {
        int high = Float.floatToRawIntBits(x.abs()
                        .round(new java.math.MathContext(40, RoundingMode.DOWN))
                        .floatValue())
                >>> 16;
        // Of the neighbours around, the nearest; of two as near, the even one.
        int best = -1;
        BigDecimal distance = null;
        for (int candidate = Math.max(0, high - 1); candidate <= high + 1; candidate++) {
            boolean infinite = candidate >= 0x7f80;
            BigDecimal value =
                    infinite ? new BigDecimal(2).pow(128) : new BigDecimal(Float.intBitsToFloat(candidate << 16));
            BigDecimal away = value.subtract(x.abs()).abs();
            int order = distance == null ? -1 : away.compareTo(distance);
            if (order < 0 || order == 0 && candidate % 2 == 0) {
                best = candidate;
                distance = away;
            }
        }
        return best | (Math.copySign(1, sign) < 0 ? 0x8000 : 0);
    }

    /** The lower bits of a number as a type reads them. */
    static long extended(long a, String type) {
        return switch (type) {
            case "u8" -> a & 0xff;
            case "s8" -> (byte) a;
            case "u16" -> a & 0xffff;
            case "s16" -> (short) a;
            case "u32" -> a & 0xffffffffL;
            case "s32" -> (int) a;
            default -> a;
        };
    }

    /** −1, 0 or 1 as a is less than, equal to or greater than b, read as a type. */
    static int order(long a, long b, String type) {
        return type.equals("u64") || type.equals("b64")
                ? Long.compareUnsigned(a, b)
                : Long.compare(extended(a, type.replace('b', 'u')), extended(b, type.replace('b', 'u')));
    }

    /** Toward zero, kept within 32 bits. */
    static long clamped(double x, double nan, boolean signed) {
        double low = signed ? Integer.MIN_VALUE : 0;
        double high = signed ? Integer.MAX_VALUE : 0xffffffffL;
        return (long) (Double.isNaN(x) ? nan : Math.max(low, Math.min(high, x))) & 0xffffffffL;
    }
}
