package attmask.ops.cpu;

import attmask.ops.LayerNorm;
import attmask.tensor.Tensor;

/** {@link LayerNorm} by chunks of rows; parameter gradients by partial sums of fixed blocks of rows. */
final class CpuLayerNorm extends LayerNorm {
    private final Workers workers;
    private final ColumnSums gammaSums = new ColumnSums();
    private final ColumnSums betaSums = new ColumnSums();

    CpuLayerNorm(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(
            Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        int width = x.dim(-1);
        workers.rows(x.rowCount(), width, (from, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            Floats.of(x).get((long) from * width, values, 0, rows * width);
            forward(y, mean, rstd, values, from, rows, gamma, beta, epsilon, scratch);
        });
    }

    @Override
    protected void computeForwardSum(
            Tensor y,
            Tensor mean,
            Tensor rstd,
            Tensor sum,
            Tensor x,
            Tensor branch,
            Tensor keep,
            Tensor gamma,
            Tensor beta,
            double epsilon) {
        int width = sum.dim(-1);
        workers.rows(sum.rowCount(), width, (from, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            float[] added = scratch.floats(1, rows * width);
            Floats.of(x).get((long) from * width, values, 0, rows * width);
            Floats.of(branch).get((long) from * width, added, 0, rows * width);
            for (int i = 0; i < rows; i++) {
                addScaled(values, added, i * width, width, factor(keep, from + i, sum.rowCount()));
            }
            Floats.of(sum).put((long) from * width, values, 0, rows * width);
            forward(y, mean, rstd, values, from, rows, gamma, beta, epsilon, scratch);
        });
    }

    /** The factor of a row's image. */
    private static float factor(Tensor keep, int row, int rows) {
        return keep == null ? 1 : Floats.of(keep).get(row / (rows / (int) keep.count()));
    }

    private static void addScaled(float[] sum, float[] x, int from, int count, float scale) {
        for (int i = from; i < from + count; i++) {
            sum[i] += scale * x[i];
        }
    }

    /** Normalises rows from {@code from} on, which {@code values} holds. */
    private static void forward(
            Tensor y,
            Tensor mean,
            Tensor rstd,
            float[] values,
            int from,
            int rows,
            Tensor gamma,
            Tensor beta,
            double epsilon,
            Scratch scratch) {
        int width = y.dim(-1);
        float[] scale = scratch.floats(2, width);
        float[] shift = scratch.floats(3, width);
        Floats.of(gamma).get(0, scale, 0, width);
        Floats.of(beta).get(0, shift, 0, width);
        for (int i = 0; i < rows; i++) {
            float center = RowMath.sum(values, i * width, width) / width;
            float variance = RowMath.squares(values, i * width, width, center) / width;
            float inverse = (float) (1 / Math.sqrt(variance + epsilon));
            normalize(values, i * width, width, center, inverse, scale, shift);
            Floats.of(mean).put(from + i, center);
            Floats.of(rstd).put(from + i, inverse);
        }
        Floats.of(y).put((long) from * width, values, 0, rows * width);
    }

    private static void normalize(float[] x, int at, int width, float mean, float rstd, float[] gamma, float[] beta) {
        for (int j = 0; j < width; j++) {
            x[at + j] = (x[at + j] - mean) * rstd * gamma[j] + beta[j];
        }
    }

    @Override
    protected void computeBackward(
            Tensor dx,
            Tensor dbranch,
            Tensor keep,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma) {
        int width = x.dim(-1);
        int rows = x.rowCount();
        gammaSums.start(rows, width);
        betaSums.start(rows, width);
        workers.blocks(rows, ColumnSums.BLOCK, (from, count, scratch) -> {
            float[] scale = scratch.floats(0, width);
            float[] normal = scratch.floats(1, width);
            float[] gradient = scratch.floats(2, width);
            float[] result = scratch.floats(3, width);
            Floats.of(gamma).get(0, scale, 0, width);
            for (int row = from; row < from + count; row++) {
                long at = (long) row * width;
                Floats.of(x).get(at, normal, 0, width);
                Floats.of(dy).get(at, gradient, 0, width);
                float inverse = Floats.of(rstd).get(row);
                standardize(normal, width, Floats.of(mean).get(row), inverse);
                parameterSums(row, gradient, normal, width);
                multiply(gradient, scale, width);
                float meanGradient = RowMath.sum(gradient, 0, width) / width;
                float meanProduct = RowMath.dot(gradient, 0, normal, 0, width) / width;
                Floats.of(dx).get(at, result, 0, width);
                add(result, gradient, normal, width, inverse, meanGradient, meanProduct);
                Floats.of(dx).put(at, result, 0, width);
                if (dbranch != null) {
                    scale(result, width, factor(keep, row, rows));
                    Floats.of(dbranch).put(at, result, 0, width);
                }
            }
        });
        gammaSums.finish(Floats.of(dgamma), 1, 1);
        betaSums.finish(Floats.of(dbeta), 1, 1);
    }

    private static void standardize(float[] x, int width, float mean, float rstd) {
        for (int j = 0; j < width; j++) {
            x[j] = (x[j] - mean) * rstd;
        }
    }

    private void parameterSums(int row, float[] dy, float[] normal, int width) {
        addProducts(gammaSums.partial(), gammaSums.at(row), dy, normal, width);
        betaSums.add(row, dy, 1);
    }

    private static void addProducts(float[] sums, int at, float[] a, float[] b, int width) {
        for (int j = 0; j < width; j++) {
            sums[at + j] += a[j] * b[j];
        }
    }

    private static void multiply(float[] x, float[] by, int width) {
        for (int j = 0; j < width; j++) {
            x[j] *= by[j];
        }
    }

    private static void add(float[] to, float[] g, float[] normal, int width, float rstd, float mean, float product) {
        for (int j = 0; j < width; j++) {
            to[j] += rstd * (g[j] - mean - normal[j] * product);
        }
    }

    private static void scale(float[] x, int width, float by) {
        for (int j = 0; j < width; j++) {
            x[j] *= by;
        }
    }
}
