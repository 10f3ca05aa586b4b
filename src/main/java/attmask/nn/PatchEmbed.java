package attmask.nn;

import attmask.config.ModelConfig;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Images to the transformer's input: patch embedding, mask token, [CLS], and positions resized to each crop's grid.
 * Only the first group of crops (the global ones) is ever masked.
 */
final class PatchEmbed {
    private final Backend backend;
    private final TokenLayout layout;
    private final int patch;
    private final Grid nativeGrid;
    private final LinearLayer projection;
    private final Tensor cls;
    private final Tensor positions;
    private final Tensor maskToken;
    private final Tensor dcls;
    private final Tensor dpositions;
    private final Tensor dmaskToken;
    private final Tensor pixels;
    private final Tensor embedded;
    private final List<Tensor> resized = new ArrayList<>();
    private final List<Tensor> dresized = new ArrayList<>();
    private boolean masked;

    PatchEmbed(Weights weights, ModelConfig model, TokenLayout layout, Arena arena) {
        backend = weights.backend();
        this.layout = layout;
        patch = model.patch();
        nativeGrid = VisionTransformer.grid(model.image(), patch);
        projection = new LinearLayer(weights.in("patch_embed.proj"));
        cls = weights.value("cls_token");
        positions = weights.value("pos_embed").view(1 + nativeGrid.tokens(), model.width());
        dcls = weights.gradient("cls_token");
        dpositions =
                weights.trained() ? weights.gradient("pos_embed").view(1 + nativeGrid.tokens(), model.width()) : null;
        boolean masks = weights.trained() && weights.has("masked_embed");
        maskToken = masks ? weights.value("masked_embed") : null;
        dmaskToken = masks ? weights.gradient("masked_embed") : null;
        pixels = arena.tensor(backend.activation(), layout.patches(), 3 * patch * patch);
        embedded = arena.tensor(backend.activation(), layout.patches(), model.width());
        for (Crops group : layout.groups()) {
            resized.add(arena.tensor(backend.real(), group.tokens(), model.width()));
            dresized.add(weights.trained() ? arena.tensor(backend.real(), group.tokens(), model.width()) : null);
        }
    }

    /**
     * @param tokens (R, D)
     * @param images one (B, 3, H, W) for each group
     * @param mask (B, N) of the first group, or null
     */
    void forward(Tensor tokens, List<Tensor> images, Tensor mask) {
        masked = mask != null;
        List<Tensor> pixelGroups = layout.splitPatches(pixels);
        for (int g = 0; g < images.size(); g++) {
            backend.unfold().forward(pixelGroups.get(g), images.get(g), patch);
        }
        projection.forward(embedded, pixels);
        List<Tensor> tokenGroups = layout.split(tokens);
        List<Tensor> embeddedGroups = layout.splitPatches(embedded);
        for (int g = 0; g < images.size(); g++) {
            Grid grid = layout.groups().get(g).grid();
            backend.positionResize().forward(resized.get(g), positions, nativeGrid, grid);
            boolean hide = masked && g == 0;
            backend.tokenAssembly()
                    .forward(
                            tokenGroups.get(g),
                            embeddedGroups.get(g),
                            cls,
                            hide ? maskToken : null,
                            hide ? mask : null,
                            resized.get(g));
        }
    }

    /** Pixels of the first group's patches (B·N, 3·p·p), as the last forward saw them. */
    Tensor firstPixels() {
        return layout.splitPatches(pixels).get(0);
    }

    /** Accumulates the gradients of [CLS], mask token, positions and projection from dtokens (R, D). */
    void backward(Tensor dtokens, Tensor mask) {
        List<Tensor> tokenGroups = layout.split(dtokens);
        List<Tensor> embeddedGroups = layout.splitPatches(embedded);
        for (int g = 0; g < tokenGroups.size(); g++) {
            boolean hide = masked && g == 0;
            backend.zero(dresized.get(g));
            backend.tokenAssembly()
                    .backward(
                            embeddedGroups.get(g),
                            dcls,
                            hide ? dmaskToken : null,
                            dresized.get(g),
                            tokenGroups.get(g),
                            hide ? mask : null);
            Grid grid = layout.groups().get(g).grid();
            backend.positionResize().backward(dpositions, dresized.get(g), nativeGrid, grid);
        }
        projection.backward(null, embedded, pixels);
    }
}
