package attmask.ops;

import attmask.tensor.Tensor;

/**
 * L1 distance of rows to their targets with its gradient, in one pass: what MST's image restoration is judged by (Li et
 * al. 2021).
 *
 * <p>Shapes: x, dx, target (R, D), activations; rowLoss (R), real. R may be 0.
 */
public abstract class L1Loss {
    /**
     * rowLoss[i] ← scale · Σ_d |x[i,d] − target[i,d]|; dx ← scale · sign(x − target), 0 where they are equal. dx may be
     * the same tensor as x.
     */
    public final void forwardBackward(Tensor rowLoss, Tensor dx, Tensor x, Tensor target, double scale) {
        String op = "l1_loss";
        int rows = x.rowCount();
        int width = x.dim(-1);
        Require.rows(op, "dx", dx, rows, width);
        Require.alike(op, "dx", dx, x);
        Require.rows(op, "target", target, rows, width);
        Require.alike(op, "target", target, x);
        Require.count(op, "row loss", rowLoss, rows);
        if (rows > 0) {
            compute(rowLoss, dx, x, target, scale);
        }
    }

    protected abstract void compute(Tensor rowLoss, Tensor dx, Tensor x, Tensor target, double scale);
}
