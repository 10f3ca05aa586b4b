package attmask.nn;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** The block's two-layer perceptron: fc2(GELU(fc1(x))). */
final class Mlp {
    /** Before and after the GELU, both (R, ratio·D); one and the same where nothing is trained. */
    record Activations(Tensor hidden, Tensor activated) {
        static Activations plan(Backend backend, Arena arena, int rows, int width, boolean trained) {
            Tensor activated = arena.tensor(backend.activation(), rows, width);
            return new Activations(trained ? arena.tensor(backend.activation(), rows, width) : activated, activated);
        }

        Activations rows(int count) {
            return new Activations(hidden.rows(0, count), activated.rows(0, count));
        }
    }

    private final LinearLayer fc1;
    private final LinearLayer fc2;
    private final Activations saved;
    private final Scratch scratch;

    Mlp(Weights weights, Activations saved, Scratch scratch) {
        fc1 = new LinearLayer(weights.in("fc1"));
        fc2 = new LinearLayer(weights.in("fc2"));
        this.saved = saved;
        this.scratch = scratch;
    }

    void forward(Tensor out, Tensor x) {
        Activations used = saved.rows(x.dim(0));
        fc1.forwardGelu(used.activated(), used.hidden(), x);
        fc2.forward(out, used.activated());
    }

    void backward(Tensor dx, Tensor dout, Tensor x) {
        Activations used = saved.rows(x.dim(0));
        Tensor dhidden = scratch.wide().rows(0, x.dim(0));
        fc2.backwardGelu(dhidden, dout, used.activated(), used.hidden());
        fc1.backward(dx, dhidden, x);
    }
}
