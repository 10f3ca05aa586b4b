package attmask.ops.cpu;

import attmask.ops.CrossEntropy;
import attmask.tensor.Tensor;

/** {@link CrossEntropy} row by row. */
final class CpuCrossEntropy extends CrossEntropy {
    private final Workers workers;

    CpuCrossEntropy(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void compute(Tensor rowLoss, Tensor dlogits, Tensor logits, Tensor targets, double weight) {
        int classes = logits.dim(-1);
        int shared = logits.rowCount() / targets.rowCount();
        workers.rows(logits.rowCount(), classes, (from, rows, scratch) -> {
            float[] z = scratch.floats(0, classes);
            float[] e = scratch.floats(1, classes);
            float[] t = scratch.floats(2, classes);
            for (int row = from; row < from + rows; row++) {
                Floats.of(logits).get((long) row * classes, z, 0, classes);
                Floats.of(targets).get((long) (row / shared) * classes, t, 0, classes);
                CpuSoftmax.shiftAndScale(z, RowMath.max(z, 0, classes), 1, classes);
                System.arraycopy(z, 0, e, 0, classes);
                scratch.exponential.apply(e, 0, classes);
                float sum = RowMath.sum(e, 0, classes);
                Floats.of(rowLoss).put(row, (float) (weight * cost(t, z, Math.log(sum), classes)));
                gradient(e, t, (float) (total(t, classes) / sum), (float) weight, classes);
                Floats.of(dlogits).put((long) row * classes, e, 0, classes);
            }
        });
    }

    /** In double: smoothed labels are thousands of equal small terms, whose roundings in float have one sign. */
    private static double total(float[] target, int count) {
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += target[i];
        }
        return total;
    }

    /** Σ target · (logSum − z). */
    private static double cost(float[] target, float[] z, double logSum, int count) {
        double cost = 0;
        for (int i = 0; i < count; i++) {
            cost += target[i] * (logSum - z[i]);
        }
        return cost;
    }

    private static void gradient(float[] e, float[] target, float share, float weight, int count) {
        for (int i = 0; i < count; i++) {
            e[i] = weight * (share * e[i] - target[i]);
        }
    }
}
