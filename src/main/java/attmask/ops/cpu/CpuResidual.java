package attmask.ops.cpu;

import attmask.ops.Residual;
import attmask.tensor.Tensor;

/** {@link Residual} by chunks: of all elements without drop path, of rows with it. */
final class CpuResidual extends Residual {
    private final Workers workers;

    CpuResidual(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor branch, Tensor keep) {
        int width = y.dim(-1);
        workers.rows(y.rowCount(), width, (from, rows, scratch) -> {
            int count = rows * width;
            float[] sum = scratch.floats(0, count);
            float[] added = scratch.floats(1, count);
            Floats.of(x).get((long) from * width, sum, 0, count);
            Floats.of(branch).get((long) from * width, added, 0, count);
            if (keep == null) {
                ColumnSums.addRow(sum, 0, added, 0, count);
            } else {
                int perImage = y.rowCount() / (int) keep.count();
                for (int i = 0; i < rows; i++) {
                    addScaled(sum, added, i * width, width, Floats.of(keep).get((from + i) / perImage));
                }
            }
            Floats.of(y).put((long) from * width, sum, 0, count);
        });
    }

    private static void addScaled(float[] sum, float[] x, int from, int count, float scale) {
        for (int i = from; i < from + count; i++) {
            sum[i] += scale * x[i];
        }
    }

    @Override
    protected void computeBackward(Tensor dbranch, Tensor dy, Tensor keep) {
        int width = dy.dim(-1);
        workers.rows(dy.rowCount(), width, (from, rows, scratch) -> {
            int count = rows * width;
            float[] gradient = scratch.floats(0, count);
            Floats.of(dy).get((long) from * width, gradient, 0, count);
            if (keep != null) {
                int perImage = dy.rowCount() / (int) keep.count();
                for (int i = 0; i < rows; i++) {
                    scale(gradient, i * width, width, Floats.of(keep).get((from + i) / perImage));
                }
            }
            Floats.of(dbranch).put((long) from * width, gradient, 0, count);
        });
    }

    private static void scale(float[] x, int from, int count, float by) {
        for (int i = from; i < from + count; i++) {
            x[i] *= by;
        }
    }
}
