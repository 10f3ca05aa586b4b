package attmask.ssl;

import attmask.ops.Backend;
import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** Runs the distillation loss over rows and sums what the rows cost, in order. */
final class RowLoss {
    /**
     * @param loss sum of the rows' weighted costs
     * @param entropy mean of the teacher's entropy over the rows, 0 for no rows
     */
    record Sum(double loss, double entropy) {}

    private final Backend backend;
    private final Tensor loss;
    private final Tensor entropy;
    private final double[] host;

    RowLoss(Backend backend, int capacity, Arena arena) {
        this.backend = backend;
        loss = arena.tensor(backend.real(), capacity);
        entropy = arena.tensor(backend.real(), capacity);
        host = new double[capacity];
    }

    /** {@code logits} (R, K) are replaced with their gradient. */
    Sum run(
            Tensor logits,
            Tensor teacher,
            Tensor pairs,
            Tensor weights,
            Tensor center,
            DistillationCrossEntropy.Temperatures temperatures) {
        int rows = logits.dim(0);
        backend.distillationCrossEntropy()
                .forwardBackward(
                        loss.rows(0, rows),
                        entropy.rows(0, rows),
                        logits,
                        logits,
                        teacher,
                        pairs,
                        weights,
                        center,
                        temperatures);
        return new Sum(sum(loss, rows), sum(entropy, rows) / Math.max(1, rows));
    }

    private double sum(Tensor values, int rows) {
        backend.read(values, host);
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            sum += host[i];
        }
        return sum;
    }
}
