package attmask.nn;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** A linear classifier of features, or several side by side in one matrix product: {@code head}. */
public final class Classifier {
    private final LinearLayer layer;
    private final Tensor logits;

    /** Plans logits for up to {@code capacity} rows of features. */
    public Classifier(Weights weights, int capacity, Arena arena) {
        Backend backend = weights.backend();
        layer = new LinearLayer(weights.in("head"));
        logits = arena.tensor(
                backend.real(), capacity, weights.in("head").value("bias").dim(0));
    }

    /** Logits (M, O) of features x (M, F), real. */
    public Tensor forward(Tensor x) {
        Tensor used = logits.rows(0, x.dim(0));
        layer.forward(used, x);
        return used;
    }

    /**
     * Accumulates the classifier's gradients.
     *
     * @param dx (M, F), overwritten, or null if the features are not trained
     * @param dlogits (M, O), activations
     */
    public void backward(Tensor dx, Tensor dlogits, Tensor x) {
        layer.backward(dx, dlogits, x);
    }
}
