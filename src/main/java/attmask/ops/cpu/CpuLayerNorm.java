package attmask.ops.cpu;

import attmask.ops.LayerNorm;
import attmask.tensor.Tensor;

/** {@link LayerNorm} by blocks of rows, each normalised by oneDNN; parameter gradients by partial sums of the blocks. */
final class CpuLayerNorm extends LayerNorm {
    /** Floats of a block of rows in forward. */
    private static final int BLOCK = 16384;

    private final Workers workers;
    private final ColumnSums gammaSums = new ColumnSums();
    private final ColumnSums betaSums = new ColumnSums();

    CpuLayerNorm(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(
            Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        workers.blocks(x.rowCount(), blockRows(x.dim(-1)), (from, rows, scratch) -> {
            forward(y, mean, rstd, x, from, rows, gamma, beta, epsilon, scratch);
        });
    }

    /** Rows of a block in forward: a power of two, so that most blocks are one call. */
    private static int blockRows(int width) {
        return Integer.highestOneBit(Math.max(1, BLOCK / width));
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
        workers.blocks(sum.rowCount(), blockRows(width), (from, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            float[] added = scratch.floats(1, rows * width);
            Floats.of(x).get((long) from * width, values, 0, rows * width);
            Floats.of(branch).get((long) from * width, added, 0, rows * width);
            for (int i = 0; i < rows; i++) {
                addScaled(values, added, i * width, width, factor(keep, from + i, sum.rowCount()));
            }
            Floats.of(sum).put((long) from * width, values, 0, rows * width);
            forward(y, mean, rstd, sum, from, rows, gamma, beta, epsilon, scratch);
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

    private static void forward(
            Tensor y,
            Tensor mean,
            Tensor rstd,
            Tensor x,
            int from,
            int rows,
            Tensor gamma,
            Tensor beta,
            double epsilon,
            Scratch scratch) {
        int width = x.dim(-1);
        Floats variance = scratch.nativeFloats(0, rows);
        RowPrimitives.pieces(from, rows, (row, count) -> {
            long at = (long) row * width;
            scratch.rowPrimitives()
                    .norm(count, width, (float) epsilon)
                    .run(
                            Floats.of(x).at(at),
                            Floats.of(gamma).at(0),
                            Floats.of(beta).at(0),
                            Floats.of(y).at(at),
                            Floats.of(mean).at(row),
                            variance.at(row - from));
        });
        for (int i = 0; i < rows; i++) {
            Floats.of(rstd).put(from + i, (float) (1 / Math.sqrt(variance.get(i) + epsilon)));
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
            Floats own = scratch.nativeFloats(0, count * width);
            RowPrimitives.pieces(
                    from,
                    count,
                    (row, size) -> gradients(own, (row - from) * width, row, size, dy, x, mean, rstd, gamma, scratch));
            float[] result = scratch.floats(0, count * width);
            float[] added = scratch.floats(1, count * width);
            Floats.of(dx).get((long) from * width, result, 0, count * width);
            own.get(0, added, 0, count * width);
            addScaled(result, added, 0, count * width, 1f);
            Floats.of(dx).put((long) from * width, result, 0, count * width);
            if (dbranch != null) {
                for (int i = 0; i < count; i++) {
                    scale(result, i * width, width, factor(keep, from + i, rows));
                }
                Floats.of(dbranch).put((long) from * width, result, 0, count * width);
            }
        });
        gammaSums.finish(Floats.of(dgamma), 1, 1);
        betaSums.finish(Floats.of(dbeta), 1, 1);
    }

    /** own, from {@code at} on ← what the norm adds to dx in {@code count} rows; their sums for dγ and dβ. */
    private void gradients(
            Floats own,
            int at,
            int row,
            int count,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma,
            Scratch scratch) {
        int width = x.dim(-1);
        Floats variance = scratch.nativeFloats(1, count);
        for (int i = 0; i < count; i++) {
            float inverse = Floats.of(rstd).get(row + i);
            variance.put(i, 1 / (inverse * inverse));
        }
        Floats sums = scratch.nativeFloats(2, 2 * width);
        scratch.rowPrimitives()
                .normBackward(count, width)
                .run(
                        Floats.of(x).at((long) row * width),
                        Floats.of(dy).at((long) row * width),
                        Floats.of(mean).at(row),
                        variance.at(0),
                        Floats.of(gamma).at(0),
                        own.at(at),
                        sums.at(0),
                        sums.at(width));
        float[] sum = scratch.floats(0, width);
        sums.get(0, sum, 0, width);
        gammaSums.add(row, sum);
        sums.get(width, sum, 0, width);
        betaSums.add(row, sum);
    }

    private static void scale(float[] x, int from, int count, float by) {
        for (int i = from; i < from + count; i++) {
            x[i] *= by;
        }
    }
}
