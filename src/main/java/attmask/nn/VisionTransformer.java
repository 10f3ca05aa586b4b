package attmask.nn;

import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The ViT (Dosovitskiy et al. 2021) over crops of several sizes at once: patch embedding, blocks, final norm.
 *
 * <p>A trained one keeps every block's activations for backward; the teacher's blocks share one set.
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
    private final NormLayer norm;
    private final Tensor tokens;
    private final Tensor dx;
    private Tensor mask;
    private boolean dropped;

    /** Plans all activations for {@code layout} in {@code arena}. */
    public VisionTransformer(Weights weights, ModelConfig model, TokenLayout layout, Arena arena) {
        backend = weights.backend();
        this.model = model;
        this.layout = layout;
        boolean training = weights.trained();
        int rows = layout.rows();
        embed = new PatchEmbed(weights, model, layout, arena);
        dropPath = training && model.dropPath() > 0
                ? new DropPath(backend, arena, layout, model.dropPath(), model.depth())
                : null;
        Scratch scratch = Scratch.plan(backend, arena, rows, model.width(), model.mlpRatio(), training);
        Block.Activations shared = training ? null : Block.Activations.plan(backend, arena, layout, model);
        inputs.add(arena.tensor(backend.real(), rows, model.width()));
        for (int i = 0; i < model.depth(); i++) {
            Block.Activations saved = training ? Block.Activations.plan(backend, arena, layout, model) : shared;
            blocks.add(new Block(weights.in("blocks").in(Integer.toString(i)), layout, saved, scratch));
            inputs.add(training ? arena.tensor(backend.real(), rows, model.width()) : inputs.get(0));
        }
        NormLayer.Activations last = NormLayer.Activations.plan(backend, arena, rows, model.width());
        norm = new NormLayer(weights.in("norm"), last);
        tokens = last.out();
        dx = training ? arena.tensor(backend.real(), rows, model.width()) : null;
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
        if (dropPath != null) {
            dropPath.draw(seed, step);
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
        this.mask = mask;
        embed.forward(inputs.get(0), images, mask);
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).forward(inputs.get(i + 1), inputs.get(i), keep(i));
            Attention attention = blocks.get(i).attention();
            tap.accept(i, attention.firstQkv(), attention.firstLogSumExp());
        }
        return norm.forward(inputs.get(blocks.size()));
    }

    /** Accumulates every parameter's gradient from dtokens (R, D). */
    public void backward(Tensor dtokens) {
        norm.backward(dx, dtokens, inputs.get(blocks.size()), false);
        for (int i = blocks.size() - 1; i >= 0; i--) {
            blocks.get(i).backward(dx, inputs.get(i), keep(i));
        }
        embed.backward(dx, mask);
    }

    private DropPath.Keep keep(int block) {
        return dropped ? dropPath.block(block) : null;
    }

    public Tensor tokens() {
        return tokens;
    }

    public ModelConfig model() {
        return model;
    }
}
