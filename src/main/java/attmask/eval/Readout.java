package attmask.eval;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.nn.NetworkParameters;
import attmask.nn.ParameterLayout;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.nn.Weights;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** What an encoder gives for each image, computed from the blocks' tokens, mostly the last one's, after the final norm. */
public interface Readout {
    /** A readout before memory is planned for it. */
    interface Plan {
        /** The parameters that backbone and readout need, by the names of a checkpoint. */
        default ParameterLayout parameters(ModelConfig model) {
            return NetworkParameters.backbone(model);
        }

        /** Plans it for the images of {@code layout}. */
        Readout plan(Weights weights, ModelConfig model, TokenLayout layout, Arena arena);
    }

    /** The [CLS] token, (B, D). */
    static Plan cls() {
        return (weights, model, layout, arena) -> new ClsToken(weights.backend(), model.width(), layout, arena);
    }

    /**
     * The [CLS] tokens of the last {@code blocks} blocks, each after the final norm, side by side, the earliest first:
     * (B, blocks·D).
     */
    static Plan cls(int blocks) {
        return (weights, model, layout, arena) -> new ClsTokens(weights.backend(), model, blocks, layout, arena);
    }

    /** The mean of the patch tokens, (B, D). */
    static Plan patchMean() {
        return (weights, model, layout, arena) -> new PatchMean(weights.backend(), model.width(), layout, arena);
    }

    /** The projection head's [CLS] logits before centering and temperature, (B, K). */
    static Plan logits(HeadConfig head) {
        return new Plan() {
            @Override
            public ParameterLayout parameters(ModelConfig model) {
                return NetworkParameters.teacher(model, head);
            }

            @Override
            public Readout plan(Weights weights, ModelConfig model, TokenLayout layout, Arena arena) {
                return new PrototypeLogits(weights, model.width(), head, layout, arena);
            }
        };
    }

    /** Two readouts side by side; the second must need no less parameters than the first. */
    static Plan joined(Plan first, Plan second) {
        return new Plan() {
            @Override
            public ParameterLayout parameters(ModelConfig model) {
                return second.parameters(model);
            }

            @Override
            public Readout plan(Weights weights, ModelConfig model, TokenLayout layout, Arena arena) {
                return new JoinedReadout(
                        first.plan(weights, model, layout, arena),
                        second.plan(weights, model, layout, arena),
                        layout.images());
            }
        };
    }

    /** Values of an image. */
    int width();

    /** Once the arena is allocated. */
    void prepare();

    /** A block has run, 0 the first: {@link VisionTransformer#afterBlock} has its tokens, until the next one runs. */
    default void afterBlock(int layer, VisionTransformer backbone) {}

    /**
     * Computes and fetches the values.
     *
     * @param tokens (B·T, D), after the final norm
     * @param values receives (B, width)
     */
    void read(Tensor tokens, float[] values);
}
