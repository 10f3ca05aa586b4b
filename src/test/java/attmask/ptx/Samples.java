package attmask.ptx;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;

/** Columns of inputs for micro-kernels: the values at which instructions go wrong, then random ones. */
enum Samples {
    /** 32 bits. */
    WORDS,
    /** Not 0 and not −1, to divide by. */
    DIVISORS,
    /** 0 to 40: shifts, positions, lengths. */
    SHIFTS,
    FLOATS,
    /** Of size 1e-3 to 1e3, both signs. */
    MODERATE,
    POSITIVE,
    /** −20 to 20. */
    SMALL,
    /** bfloat16 of moderate size. */
    BRAINS,
    LONGS,
    LONG_DIVISORS,
    DOUBLES,
    /** The thread's lane. */
    LANES;

    private static final int[] EDGES = {
        0, 1, -1, 2, 31, 32, 33, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, Integer.MAX_VALUE, Integer.MIN_VALUE
    };
    private static final float[] REALS = {
        0f,
        -0f,
        1f,
        -1f,
        0.5f,
        1.5f,
        2.5f,
        -2.5f,
        1e-40f,
        -1e-40f,
        Float.MIN_VALUE,
        Float.MIN_NORMAL,
        3e38f,
        -3e38f,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN,
        16777217f,
        4294967040f,
        -4294967296f
    };

    /** Three columns, each with its own order of the edges. */
    static long[][] columns(Samples a, Samples b, Samples c) {
        return new long[][] {a.column(0), b.column(1), c.column(2)};
    }

    /** Edges meet edges: column {@code which} steps through them at a pace of its own. */
    private long[] column(int which) {
        RandomStream random = new RandomStream(ordinal(), Purpose.TEST, which, 0);
        long[] values = new long[MicroKernel.THREADS];
        for (int i = 0; i < values.length; i++) {
            int edge = which == 0 ? i : which == 1 ? i * 7 + i / 16 : i * 5 + i / 32;
            values[i] = value(edge, i % 4 == 3, random);
        }
        return values;
    }

    private long value(int edge, boolean drawn, RandomStream random) {
        int bits = random.nextWord();
        return switch (this) {
            case WORDS -> (drawn ? bits : EDGES[edge % EDGES.length]) & 0xffffffffL;
            case DIVISORS -> (drawn ? bits >>> random.nextInt(30) | 3 : 1 + edge % 7) & 0xffffffffL;
            case SHIFTS -> edge % 41;
            case FLOATS ->
                Float.floatToRawIntBits(drawn ? (float) random.nextGaussian() : REALS[edge % REALS.length])
                        & 0xffffffffL;
            case MODERATE ->
                Float.floatToRawIntBits((float) (scale(random) * (random.nextInt(2) * 2 - 1))) & 0xffffffffL;
            case SMALL -> Float.floatToRawIntBits((float) random.uniform(-20, 20)) & 0xffffffffL;
            case BRAINS -> (Float.floatToRawIntBits((float) random.nextGaussian()) >>> 16) & 0xffffL;
            case POSITIVE -> Float.floatToRawIntBits((float) scale(random)) & 0xffffffffL;
            case LONGS ->
                drawn
                        ? (long) bits << 32 | random.nextInt(Integer.MAX_VALUE)
                        : EDGES[edge % EDGES.length] * (edge % 3 == 0 ? 0x100000001L : 1);
            case LONG_DIVISORS -> drawn ? (long) bits << 20 | 3 : 1 + edge % 7;
            case DOUBLES -> Double.doubleToRawLongBits(drawn ? random.nextGaussian() : REALS[edge % REALS.length]);
            case LANES -> edge % 32;
        };
    }

    private static double scale(RandomStream random) {
        return Math.exp(6 * (random.nextDouble() * 2 - 1));
    }
}
