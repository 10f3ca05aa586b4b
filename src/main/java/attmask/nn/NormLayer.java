package attmask.nn;

import attmask.ops.Backend;
import attmask.ops.LayerNorm;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/**
 * Layer normalisation with its weights and gradients: {@code NAME.weight} (D) and {@code NAME.bias} (D). In a
 * transformer it normalises residual sums, so it makes the sum too, in the same pass over memory.
 */
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

        private Activations rows(int count) {
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

    /** Normalises x (R, D). */
    void forward(Tensor x) {
        forward(saved.out(), x);
    }

    /** out ← x normalised, (M, D) of up to R rows; of what forward left, the output stays. */
    void forward(Tensor out, Tensor x) {
        Activations used = saved.rows(x.dim(0));
        op.forward(out, used.mean(), used.rstd(), x, gamma, beta, EPSILON);
    }

    /** sum ← x + keep · branch, all (R, D) or fewer rows, and normalises it; sum may be x. */
    void forward(Tensor sum, Tensor x, Tensor branch, DropPath.Factors keep) {
        Activations used = saved.rows(sum.dim(0));
        for (int g = 0; g < keep.groups(); g++) {
            op.forwardSum(
                    keep.rows(g, used.out()),
                    keep.rows(g, used.mean()),
                    keep.rows(g, used.rstd()),
                    keep.rows(g, sum),
                    keep.rows(g, x),
                    keep.rows(g, branch),
                    keep.of(g),
                    gamma,
                    beta,
                    EPSILON);
        }
    }

    /** What forward made of so many rows. */
    Tensor out(int rows) {
        return saved.out().rows(0, rows);
    }

    /** dx += the gradient of x, from that of the output. */
    void backward(Tensor dx, Tensor dy, Tensor x) {
        op.backward(dx, dgamma, dbeta, dy, x, saved.mean(), saved.rstd(), gamma);
    }

    /**
     * dx += the gradient of the sum, from that of the output.
     *
     * @param dbranch where the branch's gradient goes if it is not dx itself
     * @return the branch's gradient
     */
    Tensor backward(Tensor dx, Tensor dbranch, Tensor dy, Tensor sum, DropPath.Factors keep) {
        Activations used = saved.rows(sum.dim(0));
        for (int g = 0; g < keep.groups(); g++) {
            op.backwardSum(
                    keep.rows(g, dx),
                    keep.drops() ? keep.rows(g, dbranch) : null,
                    keep.of(g),
                    dgamma,
                    dbeta,
                    keep.rows(g, dy),
                    keep.rows(g, sum),
                    keep.rows(g, used.mean()),
                    keep.rows(g, used.rstd()),
                    gamma);
        }
        return keep.drops() ? dbranch : dx;
    }
}
