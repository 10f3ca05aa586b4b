package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Residual connection with drop path (stochastic depth, Huang et al. 2016): y = x + keep[b] · branch, per image b.
 *
 * <p>Shapes: x, branch, y (B·T, D), activations; keep (B), real, 0 for a dropped image and 1/(1 − rate) for a kept one,
 * or null for all 1.
 */
public abstract class Residual {
    /** y may be the same tensor as x. */
    public final void forward(Tensor y, Tensor x, Tensor branch, Tensor keep) {
        check("residual.forward", "", y, branch, keep);
        Require.count("residual.forward", "x", x, y.count());
        Require.alike("residual.forward", "x", x, y);
        if (y.count() > 0) {
            computeForward(y, x, branch, keep);
        }
    }

    /** dbranch ← keep[b] · dy; the gradient of x is dy itself. */
    public final void backward(Tensor dbranch, Tensor dy, Tensor keep) {
        check("residual.backward", "d", dy, dbranch, keep);
        if (dy.count() > 0) {
            computeBackward(dbranch, dy, keep);
        }
    }

    private static void check(String op, String d, Tensor y, Tensor branch, Tensor keep) {
        Require.rows(op, d + "branch", branch, y.rowCount(), y.dim(-1));
        Require.alike(op, d + "branch", branch, y);
        if (keep != null) {
            Require.that(
                    keep.count() > 0 && y.rowCount() % keep.count() == 0,
                    op,
                    "rows of " + y.shape() + " are not a multiple of the images of keep " + keep.shape());
        }
    }

    protected abstract void computeForward(Tensor y, Tensor x, Tensor branch, Tensor keep);

    protected abstract void computeBackward(Tensor dbranch, Tensor dy, Tensor keep);
}
