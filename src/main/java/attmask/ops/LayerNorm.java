package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Layer normalisation over the last dimension (Ba et al. 2016): y = γ (x − mean) · rstd + β, with
 * rstd = 1 / √(variance + ε) and the biased variance. Of a given x, or of a residual sum as it is made: x + keep[b] ·
 * branch for each image b, with drop path (stochastic depth, Huang et al. 2016).
 *
 * <p>Shapes: x, y, sum, branch (R, D), activations; γ, β (D) and the saved statistics mean, rstd (R), real; keep (B),
 * real, 0 for a dropped image and 1/(1 − rate) for a kept one, or null for all 1. R is a multiple of B.
 */
public abstract class LayerNorm {
    public final void forward(Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        String op = "layer_norm.forward";
        int rows = check(op, "y", y, x, mean, rstd, gamma);
        Require.shape(op, "beta", beta, x.dim(-1));
        if (rows > 0) {
            computeForward(y, mean, rstd, x, gamma, beta, epsilon);
        }
    }

    /**
     * sum ← x + keep[b] · branch; then y, mean and rstd of that, as it is stored.
     *
     * @param sum may be x
     */
    public final void forwardSum(
            Tensor y,
            Tensor mean,
            Tensor rstd,
            Tensor sum,
            Tensor x,
            Tensor branch,
            Tensor keep,
            Tensor gamma,
            Tensor beta,
            double epsilon) {
        String op = "layer_norm.forward_sum";
        int rows = check(op, "y", y, sum, mean, rstd, gamma);
        Require.shape(op, "beta", beta, sum.dim(-1));
        checkAlike(op, "x", x, sum);
        checkAlike(op, "branch", branch, sum);
        checkKeep(op, keep, sum);
        if (rows > 0) {
            computeForwardSum(y, mean, rstd, sum, x, branch, keep, gamma, beta, epsilon);
        }
    }

    /**
     * dγ ← dγ + Σ dy·x̂, dβ ← dβ + Σ dy and, with g = γ·dy, dx ← dx + rstd · (g − mean(g) − x̂ · mean(g·x̂)): x has
     * another use, whose gradient is already in dx.
     */
    public final void backward(
            Tensor dx, Tensor dgamma, Tensor dbeta, Tensor dy, Tensor x, Tensor mean, Tensor rstd, Tensor gamma) {
        backward("layer_norm.backward", dx, null, null, dgamma, dbeta, dy, x, mean, rstd, gamma);
    }

    /**
     * The same for {@link #forwardSum}: dx, the gradient of x as of the sum, and dbranch ← keep[b] · dx.
     *
     * @param dbranch null where keep is: then the branch's gradient is dx itself
     * @param sum as forward left it
     */
    public final void backwardSum(
            Tensor dx,
            Tensor dbranch,
            Tensor keep,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor sum,
            Tensor mean,
            Tensor rstd,
            Tensor gamma) {
        String op = "layer_norm.backward_sum";
        Require.that((dbranch == null) == (keep == null), op, "dbranch and keep go together");
        if (dbranch != null) {
            checkAlike(op, "dbranch", dbranch, sum);
            checkKeep(op, keep, sum);
        }
        backward(op, dx, dbranch, keep, dgamma, dbeta, dy, sum, mean, rstd, gamma);
    }

    private void backward(
            String op,
            Tensor dx,
            Tensor dbranch,
            Tensor keep,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma) {
        int rows = check(op, "dy", dy, x, mean, rstd, gamma);
        checkAlike(op, "dx", dx, x);
        Require.shape(op, "dgamma", dgamma, x.dim(-1));
        Require.shape(op, "dbeta", dbeta, x.dim(-1));
        if (rows > 0) {
            computeBackward(dx, dbranch, keep, dgamma, dbeta, dy, x, mean, rstd, gamma);
        }
    }

    private static int check(String op, String yName, Tensor y, Tensor x, Tensor mean, Tensor rstd, Tensor gamma) {
        int rows = x.rowCount();
        checkAlike(op, yName, y, x);
        Require.count(op, "mean", mean, rows);
        Require.count(op, "rstd", rstd, rows);
        Require.shape(op, "gamma", gamma, x.dim(-1));
        return rows;
    }

    private static void checkAlike(String op, String name, Tensor tensor, Tensor x) {
        Require.rows(op, name, tensor, x.rowCount(), x.dim(-1));
        Require.alike(op, name, tensor, x);
    }

    private static void checkKeep(String op, Tensor keep, Tensor sum) {
        if (keep != null) {
            Require.that(
                    keep.count() > 0 && sum.rowCount() % keep.count() == 0,
                    op,
                    "rows of " + sum.shape() + " are not a multiple of the images of keep " + keep.shape());
        }
    }

    protected abstract void computeForward(
            Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon);

    protected abstract void computeForwardSum(
            Tensor y,
            Tensor mean,
            Tensor rstd,
            Tensor sum,
            Tensor x,
            Tensor branch,
            Tensor keep,
            Tensor gamma,
            Tensor beta,
            double epsilon);

    /** dbranch and keep are null for a plain x, and for a branch whose gradient is dx. */
    protected abstract void computeBackward(
            Tensor dx,
            Tensor dbranch,
            Tensor keep,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma);
}
