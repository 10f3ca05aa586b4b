package attmask.ops.cuda;

import java.util.Arrays;

/**
 * Attention in double, with what bfloat16 may be off by at most: every rounding at u of the rounded number, carried
 * through the formulas. Rounded are P and dS as factors of products, out before delta is taken from it, and results.
 */
final class AttentionBounds {
    /** A result and how far off each element may be. */
    record Result(double[] value, double[] bound) {
        static Result of(int count) {
            return new Result(new double[count], new double[count]);
        }

        void add(int at, double factor, double error, double term) {
            value[at] += factor * term;
            bound[at] += error * Math.abs(term);
        }

        /** The result's own rounding. */
        void round(double roundoff) {
            Arrays.setAll(bound, i -> bound[i] + roundoff * (Math.abs(value[i]) + bound[i]));
        }
    }

    /** Generous for float32's own errors, of sums, exponentials and logarithms. */
    private static final double FLOATS = Bf16.UNIT_ROUNDOFF / 20;

    private static final double U = Bf16.UNIT_ROUNDOFF + FLOATS;

    private final int tokens;
    private final int heads;
    private final int width;
    private final double[] qkv;
    private final double[] dout;
    final Result out;
    final Result dqkv;
    final double[] logSumExp;

    AttentionBounds(int images, int tokens, int heads, int width, double[] qkv, double[] dout) {
        this.tokens = tokens;
        this.heads = heads;
        this.width = width;
        this.qkv = qkv;
        this.dout = dout;
        out = Result.of(dout.length);
        dqkv = Result.of(qkv.length);
        logSumExp = new double[images * heads * tokens];
        double[] p = new double[logSumExp.length * tokens];
        for (int row = 0; row < logSumExp.length; row++) {
            forward(row, p);
        }
        out.round(U);
        for (int row = 0; row < logSumExp.length; row++) {
            backward(row, p);
        }
        dqkv.round(U);
    }

    /** Where a head's token starts in out, and in part 0, 1, 2 (q, k, v) of qkv. */
    private int out(int row, int token) {
        int image = row / tokens / heads;
        return (image * tokens + token) * heads * width + row / tokens % heads * width;
    }

    private int packed(int row, int part, int token) {
        int image = row / tokens / heads;
        return (image * tokens + token) * 3 * heads * width + (part * heads + row / tokens % heads) * width;
    }

    private static double dot(double[] a, int i, double[] b, int j, int count) {
        double sum = 0;
        for (int e = 0; e < count; e++) {
            sum += a[i + e] * b[j + e];
        }
        return sum;
    }

    private void forward(int row, double[] p) {
        int i = row % tokens;
        double sum = 0;
        for (int j = 0; j < tokens; j++) {
            double s = dot(qkv, packed(row, 0, i), qkv, packed(row, 1, j), width);
            p[row * tokens + j] = Math.exp(s / Math.sqrt(width));
            sum += p[row * tokens + j];
        }
        logSumExp[row] = Math.log(sum);
        for (int j = 0; j < tokens; j++) {
            double weight = p[row * tokens + j] /= sum;
            for (int e = 0; e < width; e++) {
                out.add(out(row, i) + e, weight, U * weight, qkv[packed(row, 2, j) + e]);
            }
        }
    }

    private void backward(int row, double[] p) {
        int i = row % tokens;
        double scale = 1 / Math.sqrt(width);
        double delta = dot(dout, out(row, i), out.value(), out(row, i), width);
        double deltaError = 0;
        for (int e = 0; e < width; e++) {
            deltaError += Math.abs(dout[out(row, i) + e]) * out.bound()[out(row, i) + e];
        }
        for (int j = 0; j < tokens; j++) {
            double weight = p[row * tokens + j];
            double dp = dot(dout, out(row, i), qkv, packed(row, 2, j), width);
            double ds = scale * weight * (dp - delta);
            // The pass over keys has a delta without the rounding of out. dP − delta may cancel, float32's errors do
            // not.
            double rounded = U * Math.abs(ds) + FLOATS * scale * weight * (Math.abs(dp) + Math.abs(delta));
            double shifted = rounded + scale * weight * deltaError;
            for (int e = 0; e < width; e++) {
                dqkv.add(packed(row, 0, i) + e, ds, shifted, qkv[packed(row, 1, j) + e]);
                dqkv.add(packed(row, 1, j) + e, ds, rounded, qkv[packed(row, 0, i) + e]);
                dqkv.add(packed(row, 2, j) + e, weight, U * weight, dout[out(row, i) + e]);
            }
        }
    }
}
