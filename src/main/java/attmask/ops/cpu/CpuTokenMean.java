package attmask.ops.cpu;

import attmask.ops.TokenMean;
import attmask.tensor.Tensor;

/** {@link TokenMean} by partial sums of fixed blocks of rows. */
final class CpuTokenMean extends TokenMean {
    private final Workers workers;
    private final ColumnSums sums = new ColumnSums();

    CpuTokenMean(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor mean, Tensor x, int tokens, int first) {
        int width = x.dim(-1);
        int rows = x.rowCount();
        sums.start(rows, width);
        workers.blocks(rows, ColumnSums.BLOCK, (from, count, scratch) -> {
            float[] values = scratch.floats(0, width);
            for (int row = from; row < from + count; row++) {
                if (row % tokens >= first) {
                    Floats.of(x).get((long) row * width, values, 0, width);
                    sums.add(row, values);
                }
            }
        });
        int images = rows / tokens;
        double used = (double) images * (tokens - first);
        sums.finish(Floats.of(mean), 0, 1 / used);
    }
}
