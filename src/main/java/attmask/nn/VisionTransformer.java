package attmask.nn;

import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.ops.MicroBatch;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The ViT (Dosovitskiy et al. 2021) over crops of several sizes at once: patch embedding, blocks, final norm.
 *
 * <p>A trained one keeps every block's activations for backward; the teacher's blocks share one set. One that is planned
 * for {@link LastRows} gives and takes these rows only.
 */
public final class VisionTransformer {
    /** Sees each block's packed projections (B·T, 3·D) and log-sum-exp (B, H, T), first group, as forward passes. */
    public interface AttentionTap {
        void accept(int layer, Tensor qkv, Tensor logSumExp);

        AttentionTap NONE = (layer, qkv, logSumExp) -> {};
    }

    private final Backend backend;
    private final ModelConfig model;
    private final TokenLayout layout;
    private final PatchEmbed embed;
    private final DropPath dropPath;
    private final List<Block> blocks = new ArrayList<>();
    private final List<Tensor> inputs = new ArrayList<>();
    private final Tensor output;
    private final NormLayer norm;
    private final Tensor tokens;
    private final Tensor doutput;
    private final Tensor dx;
    private final Tensor dnormed;
    private Tensor mask;
    private LastRows last;
    private DropPath.Keep lastKeep;
    private boolean dropped;

    /** Plans all activations for {@code layout} in {@code arena}. */
    public VisionTransformer(Weights weights, ModelConfig model, TokenLayout layout, Arena arena) {
        this(weights, model, layout, 0, arena);
    }

    /** @param lastRows most rows that {@link LastRows} will have in a forward; 0 to give all rows */
    public VisionTransformer(Weights weights, ModelConfig model, TokenLayout layout, int lastRows, Arena arena) {
        backend = weights.backend();
        this.model = model;
        this.layout = layout;
        boolean training = weights.trained();
        int rows = layout.rows();
        embed = new PatchEmbed(weights, model, layout, arena);
        dropPath = training && model.dropPath() > 0
                ? new DropPath(backend, arena, layout, model.dropPath(), model.depth(), lastRows)
                : null;
        Scratch scratch = Scratch.plan(backend, arena, rows, model.width(), model.mlpRatio(), training);
        Block.Activations shared = training ? null : Block.Activations.plan(backend, arena, layout, model, 0, false);
        inputs.add(arena.tensor(backend.activation(), rows, model.width()));
        for (int i = 0; i < model.depth(); i++) {
            int kept = i == model.depth() - 1 ? lastRows : 0;
            Block.Activations saved =
                    training ? Block.Activations.plan(backend, arena, layout, model, kept, true) : shared;
            blocks.add(new Block(weights.in("blocks").in(Integer.toString(i)), layout, saved, scratch));
            if (i > 0) {
                inputs.add(training ? arena.tensor(backend.activation(), rows, model.width()) : inputs.get(0));
            }
        }
        int outRows = lastRows == 0 ? rows : lastRows;
        output = training ? arena.tensor(backend.activation(), outRows, model.width()) : inputs.get(0);
        NormLayer.Activations finalNorm = NormLayer.Activations.plan(backend, arena, outRows, model.width());
        norm = new NormLayer(weights.in("norm"), finalNorm);
        tokens = finalNorm.out();
        doutput = training && lastRows > 0 ? arena.tensor(backend.activation(), lastRows, model.width()) : null;
        dnormed = scratch.narrow();
        dx = training ? arena.tensor(backend.activation(), rows, model.width()) : null;
    }

    /** The patch grid of an image. */
    public static Grid grid(Size image, int patch) {
        return new Grid(image.height() / patch, image.width() / patch);
    }

    /** Adds the backbone's parameters under timm's names. */
    static void parameters(ParameterLayout parameters, ModelConfig model) {
        int width = model.width();
        int patch = model.patch();
        Initialization normal = new Initialization.TruncatedNormal();
        Initialization convolution = new Initialization.Uniform(3 * patch * patch);
        parameters.add("cls_token", normal, 1, 1, width);
        parameters.add("pos_embed", normal, 1, 1 + grid(model.image(), patch).tokens(), width);
        parameters.add("patch_embed.proj.weight", convolution, width, 3, patch, patch);
        parameters.add("patch_embed.proj.bias", convolution, width);
        for (int i = 0; i < model.depth(); i++) {
            String block = "blocks." + i + ".";
            parameters.norm(block + "norm1", width);
            parameters.linear(block + "attn.qkv", 3 * width, width);
            parameters.linear(block + "attn.proj", width, width);
            parameters.norm(block + "norm2", width);
            parameters.linear(block + "mlp.fc1", model.mlpRatio() * width, width);
            parameters.linear(block + "mlp.fc2", width, model.mlpRatio() * width);
        }
        parameters.norm("norm", width);
    }

    public TokenLayout layout() {
        return layout;
    }

    /** Draws the drop-path factors of every forward from now on; before the first call nothing is dropped. */
    public void dropPath(long seed, int step) {
        dropPath(seed, step, MicroBatch.WHOLE);
    }

    /** The same for a part of the step's images: each has the factors that it has in the whole. */
    public void dropPath(long seed, int step, MicroBatch part) {
        if (dropPath != null) {
            dropPath.draw(seed, step, part);
            dropped = true;
        }
    }

    /**
     * Runs the network.
     *
     * @param images one (B, 3, H, W) for each group of the layout
     * @param mask (B, N) bytes for the first group, or null
     * @return tokens after the final norm, (R, D)
     */
    public Tensor forward(List<Tensor> images, Tensor mask, AttentionTap tap) {
        forwardTo(blocks.size(), images, mask, tap);
        return tokens;
    }

    /**
     * The same for a network that was planned for it.
     *
     * @return tokens of the given rows after the final norm, (M, D)
     */
    public Tensor forward(List<Tensor> images, Tensor mask, LastRows rows) {
        last = rows;
        lastKeep = dropped ? dropPath.last(rows) : DropPath.Keep.ALL;
        int end = blocks.size() - 1;
        forwardTo(end, images, mask, AttentionTap.NONE);
        blocks.get(end).forward(output.rows(0, rows.count()), inputs.get(end), norm, lastKeep, rows);
        return norm.out(rows.count());
    }

    private void forwardTo(int end, List<Tensor> images, Tensor mask, AttentionTap tap) {
        this.mask = mask;
        backend.segment(() -> {
            embed.forward(inputs.get(0), images, mask);
            blocks.get(0).norm1().forward(inputs.get(0));
        });
        for (int i = 0; i < end; i++) {
            forward(i);
            Attention attention = blocks.get(i).attention();
            tap.accept(i, attention.firstQkv(), attention.firstLogSumExp());
        }
    }

    private void forward(int block) {
        backend.segment(
                () -> blocks.get(block).forward(afterBlock(block), inputs.get(block), normAfter(block), keep(block)));
    }

    private void backward(int block, Tensor dnext) {
        backend.segment(() -> blocks.get(block).backward(dx, dnext, afterBlock(block), normAfter(block), keep(block)));
    }

    /** Accumulates every parameter's gradient from that of what forward returned. */
    public void backward(Tensor dtokens) {
        int end = blocks.size() - 1;
        // The last block's output goes nowhere but through the final norm.
        if (last == null) {
            backend.zero(dx);
            backward(end, dtokens);
        } else {
            Tensor dout = doutput.rows(0, last.count());
            backend.zero(dout);
            blocks.get(end).backward(dx, dout, dtokens, output.rows(0, last.count()), norm, lastKeep, last);
        }
        for (int i = end - 1; i >= 0; i--) {
            backward(i, dnormed);
        }
        backend.segment(() -> {
            blocks.get(0).norm1().backward(dx, dnormed, inputs.get(0));
            embed.backward(dx, mask);
        });
    }

    /** The norm of a block's output: the next block's first, or the final one. */
    private NormLayer normAfter(int block) {
        return block + 1 < blocks.size() ? blocks.get(block + 1).norm1() : norm;
    }

    /** Output of a block, (R, D), until the next one runs: for a tap that wants more than attention. */
    public Tensor afterBlock(int block) {
        return block + 1 < blocks.size() ? inputs.get(block + 1) : output;
    }

    /** out ← the final norm of some rows (M, D) of a block's output; there is no backward after it. */
    public void normalise(Tensor out, Tensor rows) {
        norm.forward(out, rows);
    }

    private DropPath.Keep keep(int block) {
        return dropped ? dropPath.block(block) : DropPath.Keep.ALL;
    }

    /** Pixels of the first group's patches (B·N, 3·p·p), unmasked, as the last forward saw them. */
    public Tensor pixels() {
        return embed.firstPixels();
    }

    /** What the last forward returned, in its full capacity. */
    public Tensor tokens() {
        return tokens;
    }

    public ModelConfig model() {
        return model;
    }
}
