package attmask.nn;

import attmask.ops.Backend;
import attmask.ops.Gelu;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** The block's two-layer perceptron: fc2(GELU(fc1(x))). */
final class Mlp {
    /** Before and after the GELU, both (R, ratio·D). */
    record Activations(Tensor hidden, Tensor activated) {
        static Activations plan(Backend backend, Arena arena, int rows, int hidden) {
            return new Activations(
                    arena.tensor(backend.activation(), rows, hidden), arena.tensor(backend.activation(), rows, hidden));
        }

        Activations rows(int count) {
            return new Activations(hidden.rows(0, count), activated.rows(0, count));
        }
    }

    private final LinearLayer fc1;
    private final LinearLayer fc2;
    private final Gelu gelu;
    private final Activations saved;
    private final Scratch scratch;

    Mlp(Weights weights, Activations saved, Scratch scratch) {
        fc1 = new LinearLayer(weights.in("fc1"));
        fc2 = new LinearLayer(weights.in("fc2"));
        gelu = weights.backend().gelu();
        this.saved = saved;
        this.scratch = scratch;
    }

    void forward(Tensor out, Tensor x) {
        Activations used = saved.rows(x.dim(0));
        fc1.forward(used.hidden(), x);
        gelu.forward(used.activated(), used.hidden());
        fc2.forward(out, used.activated());
    }

    void backward(Tensor dx, Tensor dout, Tensor x) {
        Activations used = saved.rows(x.dim(0));
        Tensor dhidden = scratch.wide().rows(0, x.dim(0));
        fc2.backward(dhidden, dout, used.activated());
        gelu.backward(dhidden, dhidden, used.hidden());
        fc1.backward(dx, dhidden, x);
    }
}
