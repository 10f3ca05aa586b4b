package attmask.ptx;

/** What setp asks. Ordered comparisons of floats are false when one is NaN, those that end in u are true. */
enum Comparison {
    LT,
    LE,
    GT,
    GE,
    EQ,
    NE,
    LTU,
    LEU,
    GTU,
    GEU,
    EQU,
    NEU,
    NUM,
    NAN;

    /** The lanes for which it holds. */
    interface Test {
        int of(Warp warp);
    }

    static Comparison of(String name) {
        return switch (name) {
            case "lo" -> LT;
            case "ls" -> LE;
            case "hi" -> GT;
            case "hs" -> GE;
            default -> valueOf(name.toUpperCase(java.util.Locale.ROOT));
        };
    }

    /** From the lanes where a is less, where both are equal, and where one is NaN. */
    private int lanes(int less, int equal, int nan) {
        return switch (this) {
            case LT -> less;
            case LE -> less | equal;
            case GT -> ~(less | equal | nan);
            case GE -> ~(less | nan);
            case EQ -> equal;
            case NE -> ~(equal | nan);
            case LTU -> less | nan;
            case LEU -> less | equal | nan;
            case GTU -> ~(less | equal);
            case GEU -> ~less;
            case EQU -> equal | nan;
            case NEU -> ~equal;
            case NUM -> ~nan;
            case NAN -> nan;
        };
    }

    Test ofWords(String type, boolean ftz, int a, int b) {
        return switch (type) {
            case "f32" -> warp -> floats(warp.words[a], warp.words[b], ftz);
            case "bf16" -> warp -> brains(warp.words[a], warp.words[b]);
            case "s32", "b32" -> warp -> ints(warp.words[a], warp.words[b], 0, 0);
            case "u32" -> warp -> ints(warp.words[a], warp.words[b], 0, Integer.MIN_VALUE);
            case "s16", "b16" -> warp -> ints(warp.words[a], warp.words[b], 16, 0);
            case "u16" -> warp -> ints(warp.words[a], warp.words[b], 16, Integer.MIN_VALUE);
            default -> throw new UnsupportedPtxException("setp of " + type);
        };
    }

    Test ofLongs(String type, int a, int b) {
        return switch (type) {
            case "f64" -> warp -> doubles(warp.longs[a], warp.longs[b]);
            case "s64", "b64" -> warp -> longs(warp.longs[a], warp.longs[b], 0);
            case "u64" -> warp -> longs(warp.longs[a], warp.longs[b], Long.MIN_VALUE);
            default -> throw new UnsupportedPtxException("setp of " + type);
        };
    }

    /** Shifting left by 16 leaves the order of 16-bit numbers; flipping the sign makes an unsigned order. */
    private int ints(int[] a, int[] b, int shift, int flip) {
        int less = 0;
        int equal = 0;
        for (int i = 0; i < Warp.LANES; i++) {
            int x = a[i] << shift ^ flip;
            int y = b[i] << shift ^ flip;
            less |= (x < y ? 1 : 0) << i;
            equal |= (x == y ? 1 : 0) << i;
        }
        return lanes(less, equal, 0);
    }

    private int longs(long[] a, long[] b, long flip) {
        int less = 0;
        int equal = 0;
        for (int i = 0; i < Warp.LANES; i++) {
            long x = a[i] ^ flip;
            long y = b[i] ^ flip;
            less |= (x < y ? 1 : 0) << i;
            equal |= (x == y ? 1 : 0) << i;
        }
        return lanes(less, equal, 0);
    }

    private int floats(int[] a, int[] b, boolean ftz) {
        int less = 0;
        int equal = 0;
        int nan = 0;
        for (int i = 0; i < Warp.LANES; i++) {
            float x = Float.intBitsToFloat(a[i]);
            float y = Float.intBitsToFloat(b[i]);
            if (ftz) {
                x = FloatArithmetic.flush(x);
                y = FloatArithmetic.flush(y);
            }
            less |= (x < y ? 1 : 0) << i;
            equal |= (x == y ? 1 : 0) << i;
            nan |= (Float.isNaN(x) || Float.isNaN(y) ? 1 : 0) << i;
        }
        return lanes(less, equal, nan);
    }

    private int brains(int[] a, int[] b) {
        int less = 0;
        int equal = 0;
        int nan = 0;
        for (int i = 0; i < Warp.LANES; i++) {
            float x = Brain.real(a[i]);
            float y = Brain.real(b[i]);
            less |= (x < y ? 1 : 0) << i;
            equal |= (x == y ? 1 : 0) << i;
            nan |= (Float.isNaN(x) || Float.isNaN(y) ? 1 : 0) << i;
        }
        return lanes(less, equal, nan);
    }

    private int doubles(long[] a, long[] b) {
        int less = 0;
        int equal = 0;
        int nan = 0;
        for (int i = 0; i < Warp.LANES; i++) {
            double x = Double.longBitsToDouble(a[i]);
            double y = Double.longBitsToDouble(b[i]);
            less |= (x < y ? 1 : 0) << i;
            equal |= (x == y ? 1 : 0) << i;
            nan |= (Double.isNaN(x) || Double.isNaN(y) ? 1 : 0) << i;
        }
        return lanes(less, equal, nan);
    }
}
