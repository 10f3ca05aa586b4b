package attmask.ops;

import attmask.tensor.Tensor;

/** Exact GELU (Hendrycks and Gimpel 2016): y = x · Φ(x) = x · (1 + erf(x/√2)) / 2, elementwise. */
public abstract class Gelu {
    public final void forward(Tensor y, Tensor x) {
        Require.count("gelu.forward", "y", y, x.count());
        Require.alike("gelu.forward", "y", y, x);
        if (x.count() > 0) {
            computeForward(y, x);
        }
    }

    /** dx ← dy · (Φ(x) + x·φ(x)); dx may be the same tensor as dy. */
    public final void backward(Tensor dx, Tensor dy, Tensor x) {
        Require.count("gelu.backward", "dx", dx, x.count());
        Require.count("gelu.backward", "dy", dy, x.count());
        Require.alike("gelu.backward", "dx", dx, x);
        Require.alike("gelu.backward", "dy", dy, x);
        if (x.count() > 0) {
            computeBackward(dx, dy, x);
        }
    }

    protected abstract void computeForward(Tensor y, Tensor x);

    protected abstract void computeBackward(Tensor dx, Tensor dy, Tensor x);
}
