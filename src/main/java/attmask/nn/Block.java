package attmask.nn;

import attmask.config.ModelConfig;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/**
 * A pre-norm transformer block: x += dp(attn(norm1(x))), then x += dp(mlp(norm2(x))). Every sum is normalised as it is
 * made: norm1's output is there when the block starts, and the block ends with the norm that follows it.
 *
 * <p>With {@link LastRows} given, every token still attends, but only the given rows go on from there: the output has
 * those M rows.
 */
final class Block {
    /** What forward leaves for backward; the teacher's blocks share one. */
    record Activations(
            NormLayer.Activations norm1,
            Attention.Activations attention,
            Tensor pickedAttended,
            Tensor middle,
            NormLayer.Activations norm2,
            Mlp.Activations mlp) {
        /**
         * @param kept most rows that go on after attention, if not all of them; else 0
         * @param trained whether there will be a backward
         */
        static Activations plan(
                Backend backend, Arena arena, TokenLayout layout, ModelConfig model, int kept, boolean trained) {
            int width = model.width();
            int rows = kept == 0 ? layout.rows() : kept;
            return new Activations(
                    NormLayer.Activations.plan(backend, arena, layout.rows(), width),
                    Attention.Activations.plan(backend, arena, layout, width, model.heads()),
                    kept == 0 ? null : arena.tensor(backend.activation(), kept, width),
                    arena.tensor(backend.activation(), rows, width),
                    NormLayer.Activations.plan(backend, arena, rows, width),
                    Mlp.Activations.plan(backend, arena, rows, model.mlpRatio() * width, trained));
        }
    }

    private final Backend backend;
    private final NormLayer norm1;
    private final Attention attention;
    private final NormLayer norm2;
    private final Mlp mlp;
    private final Activations saved;
    private final Scratch scratch;

    Block(Weights weights, TokenLayout layout, Activations saved, Scratch scratch) {
        backend = weights.backend();
        norm1 = new NormLayer(weights.in("norm1"), saved.norm1());
        attention = new Attention(weights.in("attn"), layout, saved.attention(), scratch);
        norm2 = new NormLayer(weights.in("norm2"), saved.norm2());
        mlp = new Mlp(weights.in("mlp"), saved.mlp(), scratch);
        this.saved = saved;
        this.scratch = scratch;
    }

    /**
     * @param out (R, D), which {@code next} normalises; may be x
     * @param x (R, D), which norm1 has normalised
     * @param keep drop-path factors of this block
     */
    void forward(Tensor out, Tensor x, NormLayer next, DropPath.Keep keep) {
        Tensor attended = attention.attend(norm1.out(x.dim(0)));
        forward(out, saved.middle(), x, attended, next, keep);
    }

    /** out (M, D) ← the result of the given rows of x (R, D). */
    void forward(Tensor out, Tensor x, NormLayer next, DropPath.Keep keep, LastRows last) {
        backend.segment(() -> attention.attend(norm1.out(x.dim(0))));
        Tensor attended = saved.pickedAttended().rows(0, last.count());
        backend.rows().gather(attended, saved.attention().attended(), last.index());
        // The block's input goes on through the output's memory.
        backend.rows().gather(out, x, last.index());
        forward(out, saved.middle().rows(0, last.count()), out, attended, next, keep);
    }

    private void forward(Tensor out, Tensor middle, Tensor x, Tensor attended, NormLayer next, DropPath.Keep keep) {
        Tensor branch = scratch.branch().rows(0, x.dim(0));
        attention.project(branch, attended);
        norm2.forward(middle, x, branch, keep.attention());
        mlp.forward(branch, norm2.out(x.dim(0)));
        next.forward(out, middle, branch, keep.mlp());
    }

    /**
     * Leaves the gradient of norm1's output in {@link Scratch#narrow}.
     *
     * @param dx (R, D) the gradient of {@code out} but for what comes through {@code next}; then that of x, likewise
     *     but for norm1
     * @param dnext of next's output; may be {@link Scratch#narrow}
     */
    void backward(Tensor dx, Tensor dnext, Tensor out, NormLayer next, DropPath.Keep keep) {
        backward(
                scratch.narrow(),
                dx,
                dnext,
                out,
                next,
                saved.middle(),
                saved.attention().attended(),
                keep);
        attendBackward();
    }

    /** dx (R, D) ← what it is above, from the gradients of the given rows' output (M, D); dout is lost. */
    void backward(Tensor dx, Tensor dout, Tensor dnext, Tensor out, NormLayer next, DropPath.Keep keep, LastRows last) {
        Tensor dpicked = dx.rows(0, last.count());
        Tensor middle = saved.middle().rows(0, last.count());
        Tensor attended = saved.pickedAttended().rows(0, last.count());
        backward(dpicked, dout, dnext, out, next, middle, attended, keep);
        backend.zero(scratch.narrow());
        backend.rows().scatter(scratch.narrow(), dpicked, last.index());
        backend.zero(dx);
        backend.rows().scatter(dx, dout, last.index());
        backend.segment(this::attendBackward);
    }

    /** dx: of the output, then of the input, but for the norms; dattended ← the gradient of what is projected. */
    private void backward(
            Tensor dattended,
            Tensor dx,
            Tensor dnext,
            Tensor out,
            NormLayer next,
            Tensor middle,
            Tensor attended,
            DropPath.Keep keep) {
        Tensor branch = scratch.branch().rows(0, dx.dim(0));
        Tensor dmlp = next.backward(dx, branch, dnext, out, keep.mlp());
        // The gradient of norm2's output; attention's is not yet there.
        mlp.backward(dattended, dmlp, norm2.out(dx.dim(0)));
        Tensor dprojected = norm2.backward(dx, branch, dattended, middle, keep.attention());
        attention.projectBackward(dattended, dprojected, attended);
    }

    /** The gradient of norm1's output takes the place of that of what is projected. */
    private void attendBackward() {
        attention.attendBackward(
                scratch.narrow(), scratch.narrow(), saved.norm1().out());
    }

    NormLayer norm1() {
        return norm1;
    }

    Attention attention() {
        return attention;
    }
}
