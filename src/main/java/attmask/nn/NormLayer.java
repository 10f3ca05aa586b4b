package attmask.nn;

import attmask.ops.Backend;
import attmask.ops.LayerNorm;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** Layer normalisation with its weights and gradients: {@code NAME.weight} (D) and {@code NAME.bias} (D). */
final class NormLayer {
    /** ViT's ε. */
    private static final double EPSILON = 1e-6;

    /** Output (R, D) and saved statistics (R). */
    record Activations(Tensor out, Tensor mean, Tensor rstd) {
        static Activations plan(Backend backend, Arena arena, int rows, int width) {
            return new Activations(
                    arena.tensor(backend.activation(), rows, width),
                    arena.tensor(backend.real(), rows),
                    arena.tensor(backend.real(), rows));
        }

        Activations rows(int count) {
            return new Activations(out.rows(0, count), mean.rows(0, count), rstd.rows(0, count));
        }
    }

    private final LayerNorm op;
    private final Tensor gamma;
    private final Tensor beta;
    private final Tensor dgamma;
    private final Tensor dbeta;
    private final Activations saved;

    NormLayer(Weights weights, Activations saved) {
        op = weights.backend().layerNorm();
        gamma = weights.value("weight");
        beta = weights.value("bias");
        dgamma = weights.gradient("weight");
        dbeta = weights.gradient("bias");
        this.saved = saved;
    }

    Tensor forward(Tensor x) {
        Activations used = saved.rows(x.dim(0));
        op.forward(used.out(), used.mean(), used.rstd(), x, gamma, beta, EPSILON);
        return used.out();
    }

    void backward(Tensor dx, Tensor dy, Tensor x, boolean accumulate) {
        Activations used = saved.rows(x.dim(0));
        op.backward(dx, dgamma, dbeta, dy, x, used.mean(), used.rstd(), gamma, accumulate);
    }
}
