package attmask.ops.cpu;

import attmask.ops.L1Loss;
import attmask.tensor.Tensor;

/** {@link L1Loss} by chunks of rows. */
final class CpuL1Loss extends L1Loss {
    private final Workers workers;

    CpuL1Loss(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void compute(Tensor rowLoss, Tensor dx, Tensor x, Tensor target, double scale) {
        int width = x.dim(-1);
        float step = (float) scale;
        workers.rows(x.rowCount(), width, (from, rows, scratch) -> {
            int count = rows * width;
            long start = (long) from * width;
            float[] values = scratch.floats(0, count);
            float[] targets = scratch.floats(1, count);
            Floats.of(x).get(start, values, 0, count);
            Floats.of(target).get(start, targets, 0, count);
            signs(values, targets, step, count);
            Floats.of(dx).put(start, values, 0, count);
            for (int row = 0; row < rows; row++) {
                Floats.of(rowLoss).put(from + row, step * RowMath.sum(targets, row * width, width));
            }
        });
    }

    /** x ← the gradient, target ← the distances. */
    private static void signs(float[] x, float[] target, float scale, int count) {
        for (int i = 0; i < count; i++) {
            float difference = x[i] - target[i];
            target[i] = Math.abs(difference);
            x[i] = difference > 0 ? scale : difference < 0 ? -scale : 0f;
        }
    }
}
