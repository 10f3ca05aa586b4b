package attmask.ssl;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.nn.Crops;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.nn.ProjectionHead;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.List;

/**
 * The teacher: sees the whole global crops, gives targets and the attention that masks are chosen by; never a gradient.
 *
 * <p>Patch logits are computed for masked tokens only. Their mean over all tokens, which the center needs, is the last
 * layer of the mean bottleneck, because that layer is linear.
 */
final class Teacher {
    private final Backend backend;
    private final Parameters parameters;
    private final Weights weights;
    private final VisionTransformer backbone;
    private final ProjectionHead head;
    private final int heads;
    private final int scoreLayer;
    private final boolean patches;
    private final Tensor clsIndex;
    private final Tensor clsTokens;
    private final Tensor clsZ;
    private final Tensor maskedZ;
    private final Tensor meanZ;
    private final Tensor meanFactor;
    private final Tensor clsLogits;
    private final Tensor patchLogits;
    private final Tensor scores;
    private Tensor z;
    private int[] maskedTokens;

    Teacher(
            Backend backend,
            ModelConfig model,
            HeadConfig headConfig,
            CropSet crops,
            boolean patches,
            int scoreLayer,
            int maskCapacity,
            Arena weightArena,
            Arena arena) {
        this.backend = backend;
        this.patches = patches;
        this.scoreLayer = scoreLayer;
        heads = model.heads();
        parameters = new Parameters(NetworkParameters.teacher(model, headConfig), weightArena, backend);
        weights = new Weights(backend, parameters, null, arena);
        Grid grid = VisionTransformer.grid(crops.global(), model.patch());
        TokenLayout layout = TokenLayout.of(new Crops(crops.globalImages(), grid));
        backbone = new VisionTransformer(weights, model, layout, arena);
        int images = crops.globalImages();
        head = new ProjectionHead(weights, headConfig, patches ? layout.rows() : images, arena);
        clsIndex = arena.tensor(DType.I32, images);
        clsTokens = arena.tensor(backend.activation(), images, model.width());
        clsZ = arena.tensor(backend.activation(), images, headConfig.bottleneck());
        int patchRows = patches ? maskCapacity : 0;
        maskedZ = arena.tensor(backend.activation(), patchRows, headConfig.bottleneck());
        meanZ = arena.tensor(backend.real(), 1, headConfig.bottleneck());
        meanFactor = arena.tensor(backend.activation(), 1, headConfig.bottleneck());
        clsLogits = arena.tensor(backend.real(), images, headConfig.prototypes());
        patchLogits = arena.tensor(backend.real(), patchRows, headConfig.patchPrototypes());
        scores = arena.tensor(backend.real(), images, grid.tokens());
    }

    /** Once the arenas are allocated. */
    void prepare() {
        int[] rows = backbone.layout().clsRows();
        backend.write(clsIndex, rows, rows.length);
    }

    Parameters parameters() {
        return parameters;
    }

    /**
     * Tokens, [CLS] logits, and the masks.
     *
     * @param mask and {@code rows}: what {@code masks} fills
     * @param tap sees each block's attention too
     * @return what {@code masks} returned
     */
    int[] forward(Tensor images, MaskChooser masks, Tensor mask, Tensor rows, VisionTransformer.AttentionTap tap) {
        weights.refresh();
        head.prepare();
        Tensor tokens = backbone.forward(List.of(images), null, (layer, qkv, logSumExp) -> {
            if (layer == scoreLayer) {
                maskedTokens = masks.choose(mask, rows, scores, qkv, heads);
            }
            tap.accept(layer, qkv, logSumExp);
        });
        if (patches) {
            z = head.bottleneck(tokens);
            backend.rows().gather(clsZ, z, clsIndex);
            head.clsLogits(clsLogits, clsZ);
        } else {
            backend.rows().gather(clsTokens, tokens, clsIndex);
            head.clsLogits(clsLogits, head.bottleneck(clsTokens));
        }
        return maskedTokens;
    }

    /** Logits (M, K') of the first {@code count} tokens listed in {@code rows}. */
    Tensor patchLogits(Tensor rows, int count) {
        Tensor packed = maskedZ.rows(0, count);
        backend.rows().gather(packed, z, rows);
        Tensor logits = patchLogits.rows(0, count);
        head.patchLogits(logits, packed);
        return logits;
    }

    /** mean (1, K') ← the mean of the patch logits of all tokens of all images. */
    void meanPatchLogits(Tensor mean) {
        backend.tokenMean().forward(meanZ, z, backbone.layout().groups().get(0).tokens(), 1);
        backend.copy(meanFactor, meanZ);
        head.patchLogits(mean, meanFactor);
    }

    /** (2B, K). */
    Tensor clsLogits() {
        return clsLogits;
    }

    /** (2B, N). */
    Tensor scores() {
        return scores;
    }

    /** (2B·T, D), after the final norm. */
    Tensor tokens() {
        return backbone.tokens();
    }
}
