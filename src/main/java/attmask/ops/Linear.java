package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Matrix product with bias: y = x · Wᵀ + b.
 *
 * <p>Shapes: x (R, I), W (O, I), b (O), y (R, O). Leading dimensions of x and y are free; R may be 0. Types: x, W, dx and
 * dy are activations, b, dW and db real; y is either.
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

    protected abstract void computeBackwardInput(Tensor dx, Tensor dy, Tensor weight);

    protected abstract void computeBackwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x);
}
