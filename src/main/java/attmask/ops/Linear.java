package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Matrix product with bias, y = x · Wᵀ + b, and with the exact GELU (Hendrycks and Gimpel 2016) of what comes out or of
 * what went in: GELU(h) = h · Φ(h) = h · (1 + erf(h/√2)) / 2.
 *
 * <p>Shapes: x (R, I), W (O, I), b (O), y (R, O). Leading dimensions of x and y are free; R may be 0. Types: x, W, dx and
 * dy are activations, b, dW and db real; y is either, after a GELU an activation.
 */
public abstract class Linear {
    /**
     * y ← x · Wᵀ + b.
     *
     * @param bias (O), or null for none
     */
    public final void forward(Tensor y, Tensor x, Tensor weight, Tensor bias) {
        int rows = check("linear.forward", "y", y, x, "weight", weight);
        Require.alike("linear.forward", "weight", weight, x);
        if (bias != null) {
            Require.shape("linear.forward", "bias", bias, weight.dim(0));
        }
        if (rows > 0) {
            computeForward(y, x, weight, bias);
        }
    }

    /**
     * h ← x · Wᵀ + b and y ← GELU(h).
     *
     * @param hidden h (R, O), which {@link #backwardInputGelu} needs; may be y itself where nothing is trained
     */
    public final void forwardGelu(Tensor y, Tensor hidden, Tensor x, Tensor weight, Tensor bias) {
        int rows = check("linear.forward_gelu", "y", y, x, "weight", weight);
        Require.alike("linear.forward_gelu", "weight", weight, x);
        Require.rows("linear.forward_gelu", "hidden", hidden, rows, weight.dim(0));
        Require.alike("linear.forward_gelu", "hidden", hidden, x);
        Require.alike("linear.forward_gelu", "y", y, x);
        Require.shape("linear.forward_gelu", "bias", bias, weight.dim(0));
        if (rows > 0) {
            computeForwardGelu(y, hidden, x, weight, bias);
        }
    }

    /** dx ← dy · W. */
    public final void backwardInput(Tensor dx, Tensor dy, Tensor weight) {
        int rows = check("linear.backward_input", "dy", dy, dx, "weight", weight);
        Require.alike("linear.backward_input", "dx", dx, dy);
        Require.alike("linear.backward_input", "weight", weight, dy);
        if (rows > 0) {
            computeBackwardInput(dx, dy, weight);
        }
    }

    /**
     * dh ← (dy · W) ⊙ (Φ(h) + h·φ(h)), where this layer's x is GELU(h).
     *
     * @param hidden h (R, I), as {@link #forwardGelu} of the layer before left it
     */
    public final void backwardInputGelu(Tensor dhidden, Tensor dy, Tensor weight, Tensor hidden) {
        int rows = check("linear.backward_input_gelu", "dy", dy, dhidden, "weight", weight);
        Require.alike("linear.backward_input_gelu", "dhidden", dhidden, dy);
        Require.alike("linear.backward_input_gelu", "weight", weight, dy);
        Require.rows("linear.backward_input_gelu", "hidden", hidden, rows, weight.dim(1));
        Require.alike("linear.backward_input_gelu", "hidden", hidden, dy);
        if (rows > 0) {
            computeBackwardInputGelu(dhidden, dy, weight, hidden);
        }
    }

    /**
     * dW ← dW + dyᵀ · x and db ← db + Σ rows of dy.
     *
     * @param dbias (O), or null for none
     */
    public final void backwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x) {
        int rows = check("linear.backward_weight", "dy", dy, x, "dweight", dweight);
        Require.alike("linear.backward_weight", "dy", dy, x);
        if (dbias != null) {
            Require.shape("linear.backward_weight", "dbias", dbias, dweight.dim(0));
        }
        if (rows > 0) {
            computeBackwardWeight(dweight, dbias, dy, x);
        }
    }

    private static int check(String op, String yName, Tensor y, Tensor x, String weightName, Tensor weight) {
        int rows = x.rowCount();
        Require.shape(op, weightName, weight, y.dim(-1), x.dim(-1));
        Require.rows(op, yName, y, rows, weight.dim(0));
        return rows;
    }

    protected abstract void computeForward(Tensor y, Tensor x, Tensor weight, Tensor bias);

    protected abstract void computeForwardGelu(Tensor y, Tensor hidden, Tensor x, Tensor weight, Tensor bias);

    protected abstract void computeBackwardInput(Tensor dx, Tensor dy, Tensor weight);

    protected abstract void computeBackwardInputGelu(Tensor dhidden, Tensor dy, Tensor weight, Tensor hidden);

    protected abstract void computeBackwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x);
}
