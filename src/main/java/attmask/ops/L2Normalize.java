package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Rows to unit length: y = x / max(‖x‖, 1e-12).
 *
 * <p>Shapes: x, y (R, D), activations; the saved statistic norm (R), real.
 */
public abstract class L2Normalize {
    /** A shorter row is divided by this instead, as in PyTorch's normalize. */
    public static final double EPSILON = 1e-12;

    public final void forward(Tensor y, Tensor norm, Tensor x) {
        Require.rows("l2_normalize.forward", "y", y, x.rowCount(), x.dim(-1));
        Require.alike("l2_normalize.forward", "y", y, x);
        Require.count("l2_normalize.forward", "norm", norm, x.rowCount());
        if (x.count() > 0) {
            computeForward(y, norm, x);
        }
    }

    /** dx ← (dy − y·Σ(y·dy)) / norm; where the norm is below ε, dx ← dy / ε. dx may be the same tensor as dy. */
    public final void backward(Tensor dx, Tensor dy, Tensor y, Tensor norm) {
        Require.rows("l2_normalize.backward", "dx", dx, y.rowCount(), y.dim(-1));
        Require.rows("l2_normalize.backward", "dy", dy, y.rowCount(), y.dim(-1));
        Require.alike("l2_normalize.backward", "dx", dx, y);
        Require.alike("l2_normalize.backward", "dy", dy, y);
        Require.count("l2_normalize.backward", "norm", norm, y.rowCount());
        if (y.count() > 0) {
            computeBackward(dx, dy, y, norm);
        }
    }

    protected abstract void computeForward(Tensor y, Tensor norm, Tensor x);

    protected abstract void computeBackward(Tensor dx, Tensor dy, Tensor y, Tensor norm);
}
