package attmask.ssl;

import attmask.ops.Backend;
import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** Runs the distillation loss over rows and sums what the rows cost, in order. */
final class RowLoss {
    /**
     * @param loss sum of the rows' weighted costs
     * @param entropy sum of the teacher's entropy over the rows
     */
    record Sum(double loss, double entropy, int rows) {
        static final Sum NONE = new Sum(0, 0, 0);

        Sum plus(Sum other) {
            return new Sum(loss + other.loss, entropy + other.entropy, rows + other.rows);
        }

        /** 0 for no rows. */
        double meanEntropy() {
            return entropy / Math.max(1, rows);
        }
    }

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
        return new Sum(sum(loss, rows), sum(entropy, rows), rows);
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
