package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Layer normalisation over the last dimension (Ba et al. 2016): y = γ (x − mean) · rstd + β, with
 * rstd = 1 / √(variance + ε) and the biased variance.
 *
 * <p>Shapes: x, y (R, D), activations; γ, β (D) and the saved statistics mean, rstd (R), real.
 */
public abstract class LayerNorm {
    public final void forward(Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        int rows = check("layer_norm.forward", "y", y, x, mean, rstd, gamma);
        Require.shape("layer_norm.forward", "beta", beta, x.dim(-1));
        if (rows > 0) {
            computeForward(y, mean, rstd, x, gamma, beta, epsilon);
        }
    }

    /**
     * dγ ← dγ + Σ dy·x̂, dβ ← dβ + Σ dy and, with g = γ·dy, dx ← rstd · (g − mean(g) − x̂ · mean(g·x̂)).
     *
     * @param accumulate add to dx, as a residual branch wants, instead of overwriting it
     */
    public final void backward(
            Tensor dx,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma,
            boolean accumulate) {
        int rows = check("layer_norm.backward", "dy", dy, x, mean, rstd, gamma);
        Require.rows("layer_norm.backward", "dx", dx, rows, x.dim(-1));
        Require.alike("layer_norm.backward", "dx", dx, x);
        Require.shape("layer_norm.backward", "dgamma", dgamma, x.dim(-1));
        Require.shape("layer_norm.backward", "dbeta", dbeta, x.dim(-1));
        if (rows > 0) {
            computeBackward(dx, dgamma, dbeta, dy, x, mean, rstd, gamma, accumulate);
        }
    }

    private static int check(String op, String yName, Tensor y, Tensor x, Tensor mean, Tensor rstd, Tensor gamma) {
        int rows = x.rowCount();
        Require.rows(op, yName, y, rows, x.dim(-1));
        Require.alike(op, yName, y, x);
        Require.count(op, "mean", mean, rows);
        Require.count(op, "rstd", rstd, rows);
        Require.shape(op, "gamma", gamma, x.dim(-1));
        return rows;
    }

    protected abstract void computeForward(
            Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon);

    protected abstract void computeBackward(
            Tensor dx,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma,
            boolean accumulate);
}
