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

    /**
     * Both gradients at once, as {@link #backwardWeight} and then {@link #backwardInput} give them.
     *
     * @param dx may be x
     */
    public final void backward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Tensor weight) {
        String op = "linear.backward";
        int rows = checkBackward(op, "dx", dx, dweight, dbias, dy, x, weight);
        if (rows > 0) {
            computeBackward(dx, dweight, dbias, dy, x, weight);
        }
    }

    /**
     * Both gradients at once, as {@link #backwardWeight} and then {@link #backwardInputGelu} give them, where x is GELU(h).
     *
     * @param dhidden may be x
     */
    public final void backwardGelu(
            Tensor dhidden, Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Tensor weight, Tensor hidden) {
        String op = "linear.backward_gelu";
        int rows = checkBackward(op, "dhidden", dhidden, dweight, dbias, dy, x, weight);
        Require.rows(op, "hidden", hidden, rows, weight.dim(1));
        Require.alike(op, "hidden", hidden, dy);
        if (rows > 0) {
            computeBackwardGelu(dhidden, dweight, dbias, dy, x, weight, hidden);
        }
    }

    private static int checkBackward(
            String op, String name, Tensor dx, Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Tensor weight) {
        int rows = check(op, "dy", dy, x, "weight", weight);
        Require.rows(op, name, dx, rows, weight.dim(1));
        Require.alike(op, name, dx, dy);
        Require.alike(op, "weight", weight, dy);
        Require.alike(op, "dy", dy, x);
        Require.shape(op, "dweight", dweight, weight.dim(0), weight.dim(1));
        if (dbias != null) {
            Require.shape(op, "dbias", dbias, weight.dim(0));
        }
        return rows;
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

    /** For a backend that gains by reading dy once. */
    protected void computeBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Tensor weight) {
        computeBackwardWeight(dweight, dbias, dy, x);
        computeBackwardInput(dx, dy, weight);
    }

    /** For a backend that gains by reading dy once. */
    protected void computeBackwardGelu(
            Tensor dhidden, Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Tensor weight, Tensor hidden) {
        computeBackwardWeight(dweight, dbias, dy, x);
        computeBackwardInputGelu(dhidden, dy, weight, hidden);
    }
}
