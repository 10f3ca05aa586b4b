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
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The student: sees the masked global crops and the local ones. Its head runs on [CLS] rows and masked patch rows only,
 * since no other row enters the loss.
 */
final class Student {
    private final Backend backend;
    private final Parameters parameters;
    private final Parameters gradients;
    private final VisionTransformer backbone;
    private final ProjectionHead head;
    private final int clsRows;
    private final Tensor rows;
    private final Tensor selected;
    private final Tensor dtokens;
    private final Tensor clsLogits;
    private final Tensor patchLogits;
    private int masked;

    Student(
            Backend backend,
            ModelConfig model,
            HeadConfig headConfig,
            CropSet crops,
            int maskCapacity,
            Arena weightArena,
            Arena gradientArena,
            Arena arena) {
        this.backend = backend;
        parameters = new Parameters(NetworkParameters.student(model, headConfig), weightArena, backend);
        gradients = new Parameters(parameters.layout(), gradientArena, backend);
        Weights weights = new Weights(backend, parameters, gradients);
        List<Crops> groups = new ArrayList<>();
        groups.add(new Crops(crops.globalImages(), VisionTransformer.grid(crops.global(), model.patch())));
        if (crops.locals() > 0) {
            groups.add(new Crops(crops.localImages(), VisionTransformer.grid(crops.local(), model.patch())));
        }
        TokenLayout layout = new TokenLayout(groups);
        backbone = new VisionTransformer(weights, model, layout, arena);
        clsRows = layout.images();
        int capacity = clsRows + maskCapacity;
        head = new ProjectionHead(weights, headConfig, capacity, arena);
        rows = arena.tensor(DType.I32, capacity);
        selected = arena.tensor(backend.real(), capacity, model.width());
        dtokens = arena.tensor(backend.real(), layout.rows(), model.width());
        clsLogits = arena.tensor(backend.real(), clsRows, headConfig.prototypes());
        patchLogits = arena.tensor(backend.real(), maskCapacity, headConfig.patchPrototypes());
    }

    /** Once the arenas are allocated. */
    void prepare() {
        int[] cls = backbone.layout().clsRows();
        backend.write(rows, cls, cls.length);
    }

    Parameters parameters() {
        return parameters;
    }

    Parameters gradients() {
        return gradients;
    }

    /** Where the masked tokens' rows are listed. */
    Tensor maskedRows() {
        return rows.slice(clsRows, rows.dim(0) - clsRows);
    }

    /** Draws the drop-path factors of a step. */
    void dropPath(long seed, int step) {
        backbone.dropPath(seed, step);
    }

    /**
     * Logits of all [CLS] rows and of the first {@code masked} rows listed in {@link #maskedRows}.
     *
     * @param images global crops, then local ones if there are any
     * @param mask (2B, N), or null
     */
    void forward(List<Tensor> images, Tensor mask, int masked) {
        this.masked = masked;
        Tensor tokens = backbone.forward(images, mask, VisionTransformer.AttentionTap.NONE);
        head.prepare();
        Tensor x = selected.rows(0, clsRows + masked);
        backend.rows().gather(x, tokens, rows);
        Tensor z = head.bottleneck(x);
        head.clsLogits(clsLogits, z.rows(0, clsRows));
        head.patchLogits(patchLogits(), z.rows(clsRows, masked));
    }

    /** ((2+L)·B, K). */
    Tensor clsLogits() {
        return clsLogits;
    }

    /** (M, K'). */
    Tensor patchLogits() {
        return patchLogits.rows(0, masked);
    }

    /** (R, D), after the final norm. */
    Tensor tokens() {
        return backbone.tokens();
    }

    /** Sets every gradient, from those of the logits. */
    void backward(Tensor dcls, Tensor dpatch) {
        backend.zero(gradients.flat());
        Tensor x = selected.rows(0, clsRows + masked);
        head.backward(x, dcls, dpatch, x);
        backend.zero(dtokens);
        backend.rows().scatter(dtokens, x, rows);
        backbone.backward(dtokens);
    }
}
