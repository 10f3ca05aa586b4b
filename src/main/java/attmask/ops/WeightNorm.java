package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Weight normalisation (Salimans and Kingma 2016), row by row: w = g · v / ‖v‖.
 *
 * <p>Shapes: v, w (K, D); g (K elements); the saved statistic norm (K), the length of each row of v. w is for matrix
 * products, hence an activation; the rest is real.
 */
public abstract class WeightNorm {
    public final void forward(Tensor w, Tensor norm, Tensor v, Tensor g) {
        check("weight_norm.forward", "w", w, norm, v, g);
        computeForward(w, norm, v, g);
    }

    /**
     * With s = Σ dw·v/‖v‖: dg ← dg + s and dv ← dv + g/‖v‖ · (dw − s·v/‖v‖).
     *
     * @param dg null when g is constant (norm_last_layer)
     */
    public final void backward(Tensor dv, Tensor dg, Tensor dw, Tensor v, Tensor g, Tensor norm) {
        check("weight_norm.backward", "dw", dw, norm, v, g);
        Require.shape("weight_norm.backward", "dv", dv, v.dim(0), v.dim(1));
        if (dg != null) {
            Require.count("weight_norm.backward", "dg", dg, v.dim(0));
        }
        computeBackward(dv, dg, dw, v, g, norm);
    }

    private static void check(String op, String wName, Tensor w, Tensor norm, Tensor v, Tensor g) {
        Require.shape(op, wName, w, v.dim(0), v.dim(1));
        Require.count(op, "norm", norm, v.dim(0));
        Require.count(op, "g", g, v.dim(0));
    }

    protected abstract void computeForward(Tensor w, Tensor norm, Tensor v, Tensor g);

    protected abstract void computeBackward(Tensor dv, Tensor dg, Tensor dw, Tensor v, Tensor g, Tensor norm);
}
