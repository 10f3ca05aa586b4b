package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Softmax cross-entropy against soft targets, with its gradient, row by row: row i with its target t costs
 * −Σ_c t_c · log softmax(z_i)_c. Targets need not sum to 1; one of zeros makes its row cost nothing.
 *
 * <p>Shapes: logits, dlogits (R, C); targets (Q, C); rowLoss (R). R is a multiple of Q, and each target serves R/Q
 * neighbouring rows: several heads on the same image. dlogits is an activation, the rest is real.
 */
public abstract class CrossEntropy {
    /** rowLoss[i] ← weight · the cost above; dlogits[i] ← its gradient, weight · (Σ t · softmax(z_i) − t). */
    public final void forwardBackward(Tensor rowLoss, Tensor dlogits, Tensor logits, Tensor targets, double weight) {
        String op = "cross_entropy";
        int rows = logits.rowCount();
        int classes = logits.dim(-1);
        int targetRows = targets.rowCount();
        Require.rows(op, "dlogits", dlogits, rows, classes);
        Require.rows(op, "targets", targets, targetRows, classes);
        Require.that(
                rows == 0 || (targetRows > 0 && rows % targetRows == 0),
                op,
                "targets has shape " + targets.shape() + ", whose rows do not divide those of " + logits.shape());
        Require.count(op, "row loss", rowLoss, rows);
        if (logits.count() > 0) {
            compute(rowLoss, dlogits, logits, targets, weight);
        }
    }

    protected abstract void compute(Tensor rowLoss, Tensor dlogits, Tensor logits, Tensor targets, double weight);
}
