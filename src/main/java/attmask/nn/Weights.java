package attmask.nn;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/**
 * What a module is built from: a backend, the weights under its prefix, and the gradients to accumulate into.
 *
 * @param factors the weights as matrix products read them: {@code values} themselves, or a copy in the activations' type
 * @param gradients null for a network that is not trained, such as the teacher
 */
public record Weights(Backend backend, Parameters values, Parameters factors, Parameters gradients, String prefix) {
    /**
     * The weights of a whole network.
     *
     * @param arena where the copy for matrix products is planned, if the backend wants one
     */
    public Weights(Backend backend, Parameters values, Parameters gradients, Arena arena) {
        this(
                backend,
                values,
                backend.activation() == backend.real()
                        ? values
                        : new Parameters(values.layout(), arena, backend.activation()),
                gradients,
                "");
    }

    /** The weights of a child module. */
    public Weights in(String child) {
        return new Weights(backend, values, factors, gradients, prefix + child + ".");
    }

    public boolean trained() {
        return gradients != null;
    }

    /** Makes matrix products see the weights' values of now; before a network's forward, since they may have changed. */
    public void refresh() {
        if (factors != values) {
            backend.copy(factors.flat(), values.flat());
        }
    }

    boolean has(String name) {
        return values.has(prefix + name);
    }

    Tensor value(String name) {
        return values.get(prefix + name);
    }

    Tensor factor(String name) {
        return factors.get(prefix + name);
    }

    Tensor gradient(String name) {
        return gradients == null ? null : gradients.get(prefix + name);
    }
}
