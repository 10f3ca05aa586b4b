package attmask.nn;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** The head's weight-normed linear layer without bias: logits = z · (g · v/‖v‖)ᵀ. */
final class LastLayer {
    private final Backend backend;
    private final Tensor v;
    private final Tensor g;
    private final Tensor dv;
    private final Tensor dg;
    private final Tensor weight;
    private final Tensor norm;
    private final Tensor dweight;

    LastLayer(Weights weights, Arena arena, boolean trainGain) {
        backend = weights.backend();
        v = weights.value("weight_v");
        g = weights.value("weight_g");
        dv = weights.gradient("weight_v");
        dg = trainGain ? weights.gradient("weight_g") : null;
        weight = arena.tensor(backend.activation(), v.dim(0), v.dim(1));
        norm = arena.tensor(backend.real(), v.dim(0));
        dweight = weights.trained() ? arena.tensor(backend.real(), v.dim(0), v.dim(1)) : null;
    }

    /** Computes the weight from v and g; before the first forward of a step. */
    void prepare() {
        backend.weightNorm().forward(weight, norm, v, g);
        if (dweight != null) {
            backend.zero(dweight);
        }
    }

    void forward(Tensor logits, Tensor z) {
        backend.linear().forward(logits, z, weight, null);
    }

    void backward(Tensor dz, Tensor dlogits, Tensor z) {
        backend.linear().backward(dz, dweight, null, dlogits, z, weight);
    }

    /** From the weight's gradient to those of v and g; after the last backward of a step. */
    void finish() {
        backend.weightNorm().backward(dv, dg, dweight, v, g, norm);
    }
}
