package attmask.ops.cpu;

/**
 * The exact GELU of a tile of a matrix, in loops that the JIT compiler vectorises. erf is the rational approximation of
 * Eigen's {@code generic_fast_erf_float}, absolute error below 4e-7, cut off where it reaches ±1.
 */
final class GeluRows {
    private static final float INVERSE_SQRT_TWO = (float) Math.sqrt(0.5);
    private static final float INVERSE_SQRT_TWO_PI = (float) (1 / Math.sqrt(2 * Math.PI));
    /** erf rounds to ±1 beyond. */
    private static final float CUT = 3.8325069f;

    private static final int BLOCK = Exponential.BLOCK;

    private GeluRows() {}

    /** y ← h·Φ(h) for {@code rows} rows of {@code columns} elements from {@code at} on, {@code stride} apart. */
    static void forward(Floats y, Floats h, long at, int stride, int rows, int columns, Scratch scratch) {
        float[] values = scratch.floats(0, BLOCK);
        pieces(at, stride, rows, columns, (from, count, pieces) -> {
            gather(h, from, stride, count, pieces, values);
            forward(values, count * pieces);
            scatter(y, from, stride, count, pieces, values);
        });
    }

    /** dh ← dh · (Φ(h) + h·φ(h)) for the same elements. */
    static void backward(Floats dh, Floats h, long at, int stride, int rows, int columns, Scratch scratch) {
        float[] values = scratch.floats(0, BLOCK);
        float[] gradient = scratch.floats(1, BLOCK);
        float[] bell = scratch.floats(2, BLOCK);
        float[] cdf = scratch.floats(3, BLOCK);
        pieces(at, stride, rows, columns, (from, count, pieces) -> {
            gather(h, from, stride, count, pieces, values);
            gather(dh, from, stride, count, pieces, gradient);
            exponent(bell, values, count * pieces);
            scratch.exponential.apply(bell, 0, count * pieces);
            normalCdf(cdf, values, count * pieces);
            backward(gradient, values, cdf, bell, count * pieces);
            scatter(dh, from, stride, count, pieces, gradient);
        });
    }

    /** Work on {@code pieces} stretches of {@code count} elements, the first at {@code from}. */
    private interface Pieces {
        void run(long from, int count, int pieces);
    }

    /** Several rows at once where they fit a block, parts of a row where they do not. */
    private static void pieces(long at, int stride, int rows, int columns, Pieces work) {
        int together = Math.max(1, BLOCK / columns);
        for (int row = 0; row < rows; row += together) {
            for (int column = 0; column < columns; column += BLOCK) {
                work.run(
                        at + (long) row * stride + column,
                        Math.min(BLOCK, columns - column),
                        Math.min(together, rows - row));
            }
        }
    }

    private static void gather(Floats from, long at, int stride, int count, int pieces, float[] to) {
        for (int i = 0; i < pieces; i++) {
            from.get(at + (long) i * stride, to, i * count, count);
        }
    }

    private static void scatter(Floats to, long at, int stride, int count, int pieces, float[] from) {
        for (int i = 0; i < pieces; i++) {
            to.put(at + (long) i * stride, from, i * count, count);
        }
    }

    private static void forward(float[] h, int count) {
        for (int i = 0; i < count; i++) {
            h[i] = h[i] * (0.5f + 0.5f * erf(h[i] * INVERSE_SQRT_TWO));
        }
    }

    /** bell ← −h²/2. */
    private static void exponent(float[] bell, float[] h, int count) {
        for (int i = 0; i < count; i++) {
            bell[i] = -0.5f * h[i] * h[i];
        }
    }

    /** A loop of its own: with what follows it is too long for the JIT compiler to unroll, and so to vectorise. */
    private static void normalCdf(float[] cdf, float[] h, int count) {
        for (int i = 0; i < count; i++) {
            cdf[i] = 0.5f + 0.5f * erf(h[i] * INVERSE_SQRT_TWO);
        }
    }

    private static void backward(float[] gradient, float[] h, float[] cdf, float[] bell, int count) {
        for (int i = 0; i < count; i++) {
            gradient[i] *= cdf[i] + h[i] * INVERSE_SQRT_TWO_PI * bell[i];
        }
    }

    private static float erf(float x) {
        float z = Math.min(Math.max(x, -CUT), CUT);
        float s = z * z;
        float p = 2.2905065861350646e-4f;
        p = p * s + 3.4082910107109506e-3f;
        p = p * s + 5.0955695062380861e-2f;
        p = p * s + 1.8520832239976145e-1f;
        p = p * s + 1.128379143519084f;
        float q = -1.1791602954361697e-7f;
        q = q * s + 2.3547966471313185e-5f;
        q = q * s + 1.0179625278914885e-3f;
        q = q * s + 1.4070470171167667e-2f;
        q = q * s + 1.1098505178285362e-1f;
        q = q * s + 4.9746925110067538e-1f;
        q = q * s + 1f;
        return Math.min(Math.max(z * p / q, -1f), 1f);
    }
}
