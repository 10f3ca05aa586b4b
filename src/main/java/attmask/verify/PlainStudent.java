package attmask.verify;

import attmask.config.ModelConfig;
import attmask.nn.Crops;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.ssl.CropSet;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The student's backbone in its plain form: every token through every block, as the original program runs it. The
 * training step leaves out what no loss reads; comparing both with the golden numbers proves that saving.
 */
final class PlainStudent implements AutoCloseable {
    private final SelfDistillation step;
    private final Arena arena = new Arena("plain student");
    private final Weights weights;
    private final VisionTransformer backbone;

    PlainStudent(Backend backend, ModelConfig model, SelfDistillation step) {
        this.step = step;
        CropSet crops = step.crops();
        List<Crops> groups = new ArrayList<>();
        groups.add(new Crops(crops.globalImages(), VisionTransformer.grid(crops.global(), model.patch())));
        if (crops.locals() > 0) {
            groups.add(new Crops(crops.localImages(), VisionTransformer.grid(crops.local(), model.patch())));
        }
        weights = new Weights(backend, step.studentParameters(), step.gradients(), arena);
        backbone = new VisionTransformer(weights, model, new TokenLayout(groups), arena);
        arena.allocate(backend::allocate);
    }

    /** Draws the same drop-path factors as the step does. */
    void dropPath(long seed, int number) {
        backbone.dropPath(seed, number);
    }

    /** Tokens (R, D) after the final norm, of the step's crops under its last mask: global crops, then local ones. */
    Tensor tokens() {
        List<Tensor> images = step.locals() == null ? List.of(step.globals()) : List.of(step.globals(), step.locals());
        weights.refresh();
        return backbone.forward(images, step.mask(), VisionTransformer.AttentionTap.NONE);
    }

    @Override
    public void close() {
        arena.close();
    }
}
