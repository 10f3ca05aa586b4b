package attmask.nn;

import attmask.config.ModelConfig;
import attmask.ops.Backend;
import attmask.ops.Residual;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.List;

/** A pre-norm transformer block: x += dp(attn(norm1(x))), then x += dp(mlp(norm2(x))). */
final class Block {
    /** What forward leaves for backward; the teacher's blocks share one. */
    record Activations(
            NormLayer.Activations norm1,
            Attention.Activations attention,
            Tensor middle,
            NormLayer.Activations norm2,
            Mlp.Activations mlp) {
        static Activations plan(Backend backend, Arena arena, TokenLayout layout, ModelConfig model) {
            int rows = layout.rows();
            int width = model.width();
            return new Activations(
                    NormLayer.Activations.plan(backend, arena, rows, width),
                    Attention.Activations.plan(backend, arena, layout, width, model.heads()),
                    arena.tensor(backend.real(), rows, width),
                    NormLayer.Activations.plan(backend, arena, rows, width),
                    Mlp.Activations.plan(backend, arena, rows, model.mlpRatio() * width));
        }
    }

    private final NormLayer norm1;
    private final Attention attention;
    private final NormLayer norm2;
    private final Mlp mlp;
    private final Residual residual;
    private final TokenLayout layout;
    private final Activations saved;
    private final Scratch scratch;

    Block(Weights weights, TokenLayout layout, Activations saved, Scratch scratch) {
        norm1 = new NormLayer(weights.in("norm1"), saved.norm1());
        attention = new Attention(weights.in("attn"), layout, saved.attention(), scratch);
        norm2 = new NormLayer(weights.in("norm2"), saved.norm2());
        mlp = new Mlp(weights.in("mlp"), saved.mlp(), scratch);
        residual = weights.backend().residual();
        this.layout = layout;
        this.saved = saved;
        this.scratch = scratch;
    }

    /**
     * @param out (R, D); may be x
     * @param keep drop-path factors of this block, or null for none
     */
    void forward(Tensor out, Tensor x, DropPath.Keep keep) {
        attention.forward(scratch.branch(), norm1.forward(x));
        add(saved.middle(), x, keep == null ? null : keep.attention());
        mlp.forward(scratch.branch(), norm2.forward(saved.middle()));
        add(out, saved.middle(), keep == null ? null : keep.mlp());
    }

    /** dx holds the gradient of the output and receives that of the input, x. */
    void backward(Tensor dx, Tensor x, DropPath.Keep keep) {
        branch(dx, keep == null ? null : keep.mlp());
        mlp.backward(scratch.narrow(), scratch.branch(), saved.norm2().out());
        norm2.backward(dx, scratch.narrow(), saved.middle(), true);

        branch(dx, keep == null ? null : keep.attention());
        attention.backward(scratch.branch(), scratch.branch(), saved.norm1().out());
        norm1.backward(dx, scratch.branch(), x, true);
    }

    /** y = x + keep · branch. */
    private void add(Tensor y, Tensor x, List<Tensor> keep) {
        if (keep == null) {
            residual.forward(y, x, scratch.branch(), null);
            return;
        }
        List<Tensor> ys = layout.split(y);
        List<Tensor> xs = layout.split(x);
        List<Tensor> branches = layout.split(scratch.branch());
        for (int g = 0; g < keep.size(); g++) {
            residual.forward(ys.get(g), xs.get(g), branches.get(g), keep.get(g));
        }
    }

    /** The branch's gradient: keep · dy. */
    private void branch(Tensor dy, List<Tensor> keep) {
        if (keep == null) {
            residual.backward(scratch.branch(), dy, null);
            return;
        }
        List<Tensor> dys = layout.split(dy);
        List<Tensor> branches = layout.split(scratch.branch());
        for (int g = 0; g < keep.size(); g++) {
            residual.backward(branches.get(g), dys.get(g), keep.get(g));
        }
    }

    Attention attention() {
        return attention;
    }
}
