package attmask.nn;

import attmask.ops.Backend;
import attmask.tensor.Tensor;

/**
 * What a module is built from: a backend, the weights under its prefix, and the gradients to accumulate into.
 *
 * @param gradients null for a network that is not trained, such as the teacher
 */
public record Weights(Backend backend, Parameters values, Parameters gradients, String prefix) {
    public Weights(Backend backend, Parameters values, Parameters gradients) {
        this(backend, values, gradients, "");
    }

    /** The weights of a child module. */
    public Weights in(String child) {
        return new Weights(backend, values, gradients, prefix + child + ".");
    }

    public boolean trained() {
        return gradients != null;
    }

    Tensor value(String name) {
        return values.get(prefix + name);
    }

    Tensor gradient(String name) {
        return gradients == null ? null : gradients.get(prefix + name);
    }
}
