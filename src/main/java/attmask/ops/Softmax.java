package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Softmax of rows, centred and sharpened as a DINO teacher does it: y = softmax((x − center) / temperature).
 *
 * <p>Shapes: x, y (R, K); center (K) or null.
 */
public abstract class Softmax {
    public final void forward(Tensor y, Tensor x, Tensor center, double temperature) {
        int width = x.dim(-1);
        Require.rows("softmax.forward", "y", y, x.rowCount(), width);
        if (center != null) {
            Require.count("softmax.forward", "center", center, width);
        }
        check("softmax.forward", temperature);
        if (x.count() > 0) {
            computeForward(y, x, center, temperature);
        }
    }

    /** dx ← y · (dy − Σ y·dy) / temperature, row by row. */
    public final void backward(Tensor dx, Tensor dy, Tensor y, double temperature) {
        Require.rows("softmax.backward", "dx", dx, y.rowCount(), y.dim(-1));
        Require.rows("softmax.backward", "dy", dy, y.rowCount(), y.dim(-1));
        check("softmax.backward", temperature);
        if (y.count() > 0) {
            computeBackward(dx, dy, y, temperature);
        }
    }

    private static void check(String op, double temperature) {
        Require.that(temperature > 0, op, "temperature " + temperature + " is not positive");
    }

    protected abstract void computeForward(Tensor y, Tensor x, Tensor center, double temperature);

    protected abstract void computeBackward(Tensor dx, Tensor dy, Tensor y, double temperature);
}
