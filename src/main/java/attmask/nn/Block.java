package attmask.nn;

import attmask.config.ModelConfig;
import attmask.ops.Backend;
import attmask.ops.Residual;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.List;

/**
 * A pre-norm transformer block: x += dp(attn(norm1(x))), then x += dp(mlp(norm2(x))).
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
    private final Residual residual;
    private final Activations saved;
    private final Scratch scratch;

    Block(Weights weights, TokenLayout layout, Activations saved, Scratch scratch) {
        backend = weights.backend();
        norm1 = new NormLayer(weights.in("norm1"), saved.norm1());
        attention = new Attention(weights.in("attn"), layout, saved.attention(), scratch);
        norm2 = new NormLayer(weights.in("norm2"), saved.norm2());
        mlp = new Mlp(weights.in("mlp"), saved.mlp(), scratch);
        residual = backend.residual();
        this.saved = saved;
        this.scratch = scratch;
    }

    /**
     * @param out (R, D); may be x
     * @param keep drop-path factors of this block, or null for none
     */
    void forward(Tensor out, Tensor x, DropPath.Keep keep) {
        Tensor attended = attention.attend(norm1.forward(x));
        forward(out, saved.middle(), x, attended, keep);
    }

    /** out (M, D) ← the result of the given rows of x (R, D). */
    void forward(Tensor out, Tensor x, DropPath.Keep keep, LastRows last) {
        backend.segment(() -> attention.attend(norm1.forward(x)));
        Tensor attended = saved.pickedAttended().rows(0, last.count());
        backend.rows().gather(attended, saved.attention().attended(), last.index());
        // The block's input goes on through the output's memory.
        backend.rows().gather(out, x, last.index());
        forward(out, saved.middle().rows(0, last.count()), out, attended, keep);
    }

    private void forward(Tensor out, Tensor middle, Tensor x, Tensor attended, DropPath.Keep keep) {
        Tensor branch = scratch.branch().rows(0, x.dim(0));
        attention.project(branch, attended);
        add(middle, x, branch, keep == null ? null : keep.attention());
        mlp.forward(branch, norm2.forward(middle));
        add(out, middle, branch, keep == null ? null : keep.mlp());
    }

    /** dx holds the gradient of the output and receives that of the input, x. */
    void backward(Tensor dx, Tensor x, DropPath.Keep keep) {
        backward(scratch.narrow(), dx, saved.middle(), saved.attention().attended(), keep);
        attendBackward(dx, x);
    }

    /** dx (R, D) ← the gradient of the input x, from that of the given rows' output (M, D), which is lost. */
    void backward(Tensor dx, Tensor dout, Tensor x, DropPath.Keep keep, LastRows last) {
        Tensor dpicked = dx.rows(0, last.count());
        backward(
                dpicked,
                dout,
                saved.middle().rows(0, last.count()),
                saved.pickedAttended().rows(0, last.count()),
                keep);
        backend.zero(scratch.narrow());
        backend.rows().scatter(scratch.narrow(), dpicked, last.index());
        backend.zero(dx);
        backend.rows().scatter(dx, dout, last.index());
        backend.segment(() -> attendBackward(dx, x));
    }

    /** dx += the gradient that comes through attention, whose own lies in scratch. */
    private void attendBackward(Tensor dx, Tensor x) {
        attention.attendBackward(
                scratch.branch(), scratch.narrow(), saved.norm1().out());
        norm1.backward(dx, scratch.branch(), x, true);
    }

    /** dx holds the gradient of the output and receives that of the first sum; dattended ← that of what is projected. */
    private void backward(Tensor dattended, Tensor dx, Tensor middle, Tensor attended, DropPath.Keep keep) {
        Tensor branch = scratch.branch().rows(0, dx.dim(0));
        branch(branch, dx, keep == null ? null : keep.mlp());
        // The gradient of norm2's output; attention's is not yet there.
        mlp.backward(dattended, branch, saved.norm2().rows(dx.dim(0)).out());
        norm2.backward(dx, dattended, middle, true);

        branch(branch, dx, keep == null ? null : keep.attention());
        attention.projectBackward(dattended, branch, attended);
    }

    /** y = x + keep · branch. */
    private void add(Tensor y, Tensor x, Tensor branch, DropPath.Factors keep) {
        if (keep == null) {
            residual.forward(y, x, branch, null);
            return;
        }
        List<Tensor> ys = keep.split(y);
        List<Tensor> xs = keep.split(x);
        List<Tensor> branches = keep.split(branch);
        for (int g = 0; g < ys.size(); g++) {
            residual.forward(
                    ys.get(g), xs.get(g), branches.get(g), keep.factors().get(g));
        }
    }

    /** The branch's gradient: keep · dy. */
    private void branch(Tensor dbranch, Tensor dy, DropPath.Factors keep) {
        if (keep == null) {
            residual.backward(dbranch, dy, null);
            return;
        }
        List<Tensor> dys = keep.split(dy);
        List<Tensor> dbranches = keep.split(dbranch);
        for (int g = 0; g < dys.size(); g++) {
            residual.backward(dbranches.get(g), dys.get(g), keep.factors().get(g));
        }
    }

    Attention attention() {
        return attention;
    }
}
