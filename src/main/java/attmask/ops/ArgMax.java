package attmask.ops;

import attmask.tensor.DType;
import attmask.tensor.Tensor;

/** Index of the largest entry of each row, ties to the lower index. Shapes: x (R, K); index (R). */
public abstract class ArgMax {
    public final void forward(Tensor index, Tensor x) {
        Require.count("arg_max.forward", "index", index, x.rowCount());
        Require.type("arg_max.forward", "index", index, DType.I32);
        if (x.count() > 0) {
            computeForward(index, x);
        }
    }

    protected abstract void computeForward(Tensor index, Tensor x);
}
