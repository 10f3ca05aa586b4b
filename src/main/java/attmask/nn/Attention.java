package attmask.nn;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.List;

/**
 * Multi-head self-attention: qkv projection, attention within each image, output projection.
 *
 * <p>A key bias adds the same number to every score of a query, which softmax does not see: its exact gradient is 0, and
 * that is what it gets. Rounding's remainder would otherwise be all that Adam sees, scaled up to full steps.
 */
final class Attention {
    /** qkv (R, 3·D), attended (R, D), and each group's log-sum-exp (B, H, T). */
    record Activations(Tensor qkv, Tensor attended, List<Tensor> logSumExp) {
        static Activations plan(Backend backend, Arena arena, TokenLayout layout, int width, int heads) {
            return new Activations(
                    arena.tensor(backend.activation(), layout.rows(), 3 * width),
                    arena.tensor(backend.activation(), layout.rows(), width),
                    layout.groups().stream()
                            .map(group -> arena.tensor(backend.real(), group.images(), heads, group.tokens()))
                            .toList());
        }
    }

    private final Backend backend;
    private final attmask.ops.Attention op;
    private final LinearLayer qkv;
    private final Tensor keyBiasGradient;
    private final LinearLayer projection;
    private final Activations saved;
    private final Scratch scratch;
    private final TokenLayout layout;
    private final List<Tensor> qkvGroups;
    private final List<Tensor> attendedGroups;

    Attention(Weights weights, TokenLayout layout, Activations saved, Scratch scratch) {
        backend = weights.backend();
        op = backend.attention();
        qkv = new LinearLayer(weights.in("qkv"));
        keyBiasGradient = weights.trained() ? keyPart(weights.in("qkv").gradient("bias")) : null;
        projection = new LinearLayer(weights.in("proj"));
        this.layout = layout;
        this.saved = saved;
        this.scratch = scratch;
        qkvGroups = layout.split(saved.qkv());
        attendedGroups = layout.split(saved.attended());
    }

    private static Tensor keyPart(Tensor qkv) {
        int width = qkv.dim(0) / 3;
        return qkv.slice(width, width);
    }

    /** Every token attends: x (R, D) to what the projection takes, (R, D), which is returned. */
    Tensor attend(Tensor x) {
        qkv.forward(saved.qkv(), x);
        for (int g = 0; g < qkvGroups.size(); g++) {
            op.forward(attendedGroups.get(g), saved.logSumExp().get(g), qkvGroups.get(g));
        }
        return saved.attended();
    }

    /** The output projection of any rows of {@link #attend}. */
    void project(Tensor out, Tensor attended) {
        projection.forward(out, attended);
    }

    void projectBackward(Tensor dattended, Tensor dout, Tensor attended) {
        projection.backward(dattended, dout, attended);
    }

    /** dx ← the gradient of x, from that of all rows of {@link #attend}, whose place it may take. */
    void attendBackward(Tensor dx, Tensor dattended, Tensor x) {
        List<Tensor> dqkv = layout.split(scratch.packed());
        List<Tensor> dattendedGroups = layout.split(dattended);
        for (int g = 0; g < qkvGroups.size(); g++) {
            op.backward(
                    dqkv.get(g),
                    dattendedGroups.get(g),
                    qkvGroups.get(g),
                    attendedGroups.get(g),
                    saved.logSumExp().get(g));
        }
        qkv.backward(dx, scratch.packed(), x);
        backend.zero(keyBiasGradient);
    }

    /** qkv of the first group, as the last forward left it. */
    Tensor firstQkv() {
        return qkvGroups.get(0);
    }

    Tensor firstLogSumExp() {
        return saved.logSumExp().get(0);
    }
}
