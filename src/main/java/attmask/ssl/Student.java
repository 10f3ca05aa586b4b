package attmask.ssl;

import attmask.config.HeadConfig;
import attmask.config.LossConfig;
import attmask.config.ModelConfig;
import attmask.nn.Crops;
import attmask.nn.LastRows;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.nn.ProjectionHead;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.ops.MicroBatch;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The student: sees the masked global crops and the local ones. Only [CLS] rows and masked patch rows enter iBOT's
 * losses, so only these go through the last block's MLP, the final norm and the head. DINO's loss leaves the [CLS] rows,
 * MST's wants every patch row of the global crops for the decoder; none of these go through the head.
 */
final class Student {
    private final Backend backend;
    private final Parameters parameters;
    private final Parameters gradients;
    private final Weights weights;
    private final VisionTransformer backbone;
    private final ProjectionHead head;
    private final RestorationLoss restoration;
    private final int clsRows;
    private final int[] restored;
    private final Tensor rows;
    private final Tensor maskedRows;
    private final Tensor dtokens;
    private final Tensor clsLogits;
    private final Tensor patchLogits;
    private Tensor tokens;
    private int masked;

    Student(
            Backend backend,
            ModelConfig model,
            HeadConfig headConfig,
            LossConfig loss,
            CropSet crops,
            int maskCapacity,
            Arena weightArena,
            Arena gradientArena,
            Arena arena) {
        this.backend = backend;
        boolean restores = loss.restorationWeight() > 0;
        parameters = new Parameters(
                restores
                        ? NetworkParameters.restoringStudent(model, headConfig)
                        : NetworkParameters.student(model, headConfig),
                weightArena,
                backend);
        gradients = new Parameters(parameters.layout(), gradientArena, backend);
        weights = new Weights(backend, parameters, gradients, arena);
        List<Crops> groups = new ArrayList<>();
        groups.add(new Crops(crops.globalImages(), VisionTransformer.grid(crops.global(), model.patch())));
        if (crops.locals() > 0) {
            groups.add(new Crops(crops.localImages(), VisionTransformer.grid(crops.local(), model.patch())));
        }
        TokenLayout layout = new TokenLayout(groups);
        clsRows = layout.images();
        restored = new int[restores ? crops.globalImages() : 0];
        Arrays.fill(restored, groups.get(0).grid().tokens());
        int patchRows = loss.patchWeight() > 0 ? maskCapacity : 0;
        int restoredRows = IntStream.of(restored).sum();
        int capacity = clsRows + restoredRows + patchRows;
        backbone = new VisionTransformer(weights, model, layout, capacity, arena);
        head = new ProjectionHead(weights, headConfig, clsRows + patchRows, arena);
        restoration = restores
                ? new RestorationLoss(weights, model, restoredRows, loss.restorationWeight(), crops.parts(), arena)
                : null;
        rows = arena.tensor(DType.I32, clsRows + restoredRows + maskCapacity);
        maskedRows = rows.slice(clsRows + restoredRows, maskCapacity);
        dtokens = arena.tensor(backend.activation(), capacity, model.width());
        clsLogits = arena.tensor(backend.activation(), clsRows, headConfig.prototypes());
        patchLogits = arena.tensor(backend.activation(), patchRows, headConfig.patchPrototypes());
    }

    /** Once the arenas are allocated. */
    void prepare() {
        TokenLayout layout = backbone.layout();
        int tokens = layout.groups().get(0).tokens();
        IntStream cls = IntStream.of(layout.clsRows());
        IntStream patches = IntStream.range(0, restored.length * tokens).filter(row -> row % tokens > 0);
        int[] fixed = IntStream.concat(cls, patches).toArray();
        backend.write(rows, fixed, fixed.length);
    }

    Parameters parameters() {
        return parameters;
    }

    Parameters gradients() {
        return gradients;
    }

    /** Where the masked tokens' rows are listed. */
    Tensor maskedRows() {
        return maskedRows;
    }

    /** Draws the drop-path factors of a part of a step. */
    void dropPath(long seed, int step, MicroBatch part) {
        backbone.dropPath(seed, step, part);
    }

    /**
     * Logits of all [CLS] rows and of the masked rows listed in {@link #maskedRows}.
     *
     * @param images global crops, then local ones if there are any
     * @param mask (2B, N), or null
     * @param counts masked rows of each global crop that the loss needs
     */
    void forward(List<Tensor> images, Tensor mask, int[] counts) {
        weights.refresh();
        masked = IntStream.of(counts).sum();
        int[] imageOf = imageOf(restoration == null ? counts : restored);
        tokens = backbone.forward(images, mask, new LastRows(rows, imageOf));
        head.prepare();
        Tensor z = head.bottleneck(tokens.rows(0, clsRows + masked));
        head.clsLogits(clsLogits, z.rows(0, clsRows));
        head.patchLogits(patchLogits(), z.rows(clsRows, masked));
    }

    /** The image of each [CLS] row, and of the patch rows, of which each global crop has so many. */
    private int[] imageOf(int[] counts) {
        int[] images = new int[clsRows + IntStream.of(counts).sum()];
        int next = 0;
        while (next < clsRows) {
            images[next] = next++;
        }
        for (int b = 0; b < counts.length; b++) {
            Arrays.fill(images, next, next + counts[b], b);
            next += counts[b];
        }
        return images;
    }

    /** ((2+L)·B, K). */
    Tensor clsLogits() {
        return clsLogits;
    }

    /** (M, K'). */
    Tensor patchLogits() {
        return patchLogits.rows(0, masked);
    }

    /** Every gradient, from those of the logits, is set by a step's first part; the others add theirs. */
    void backward(Tensor dcls, Tensor dpatch, boolean first) {
        if (first) {
            backend.zero(gradients.flat());
        }
        Tensor dx = dtokens.rows(0, tokens.dim(0));
        int headRows = clsRows + masked;
        head.backward(dx.rows(0, headRows), dcls, dpatch, tokens.rows(0, headRows));
        if (restoration != null) {
            int count = tokens.dim(0) - clsRows;
            restoration.backward(dx.rows(clsRows, count), tokens.rows(clsRows, count), backbone.pixels());
        }
        backbone.backward(dx);
    }

    /** The weighted restoration loss, after {@link #backward}; 0 without one. */
    double restorationLoss() {
        return restoration == null ? 0 : restoration.value();
    }
}
