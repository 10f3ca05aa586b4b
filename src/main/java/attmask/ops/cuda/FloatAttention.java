package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.config.UserException;
import attmask.cuda.Args;
import attmask.cuda.LaunchConfig;
import attmask.tensor.Tensor;
import java.util.Arrays;

/**
 * Attention computed in float32, kernels/attention.cu, of activations of either type. A block has one head of one image and a tile of its queries;
 * in backward, once more, a tile of its keys, so that no sum is shared between blocks.
 */
final class FloatAttention {
    private static final int TILE = 32;
    private static final int THREADS = 128;
    /** Stride of a tile of scores in shared memory. */
    private static final int SCORE_STRIDE = TILE + 16;

    private static final int[] WIDTHS = {32, 64, 128};

    private final Kernels kernels;
    private final Variant[] variants;

    FloatAttention(Kernels kernels) {
        this.kernels = kernels;
        variants = Arrays.stream(WIDTHS)
                .mapToObj(width -> Variant.of(kernels, width))
                .toArray(Variant[]::new);
    }

    /** The kernels for heads up to so wide. */
    private record Variant(
            int width, Kernels.Typed forward, Kernels.Typed queries, Kernels.Typed keys, Kernels.Typed probabilities) {
        static Variant of(Kernels kernels, int width) {
            return new Variant(
                    width,
                    kernels.typed("attention", "attention_forward_" + width),
                    kernels.typed("attention", "attention_backward_queries_" + width),
                    kernels.typed("attention", "attention_backward_keys_" + width),
                    kernels.typed("attention", "attention_probabilities_" + width));
        }

        /** With shared memory for so many tiles of tokens and of scores. */
        LaunchConfig config(AttentionHeads heads, int tiles, int scores) {
            int shared = Float.BYTES * TILE * (tiles * (width + 4) + scores * SCORE_STRIDE);
            int blocks = (heads.tokens() + TILE - 1) / TILE;
            return new LaunchConfig(heads.images() * heads.heads(), blocks, 1, THREADS, 1, shared);
        }
    }

    private Variant variant(AttentionHeads heads) {
        for (Variant variant : variants) {
            if (heads.width() <= variant.width()) {
                return variant;
            }
        }
        throw new UserException("the cuda backend's attention takes heads up to " + WIDTHS[WIDTHS.length - 1]
                + " wide, these are " + heads.width() + ": give the model more heads, or take --device cpu");
    }

    private static Args sizes(AttentionHeads heads, Args args) {
        return heads.tokensAndHeads(args).i32(heads.width()).f32(heads.scale());
    }

    void forward(AttentionHeads heads, Tensor out, Tensor logSumExp, Tensor qkv) {
        Variant variant = variant(heads);
        Args args = kernels.args().pointer(at(out)).pointer(at(logSumExp)).pointer(at(qkv));
        kernels.launch(variant.forward().of(qkv), variant.config(heads, 3, 1), sizes(heads, args));
    }

    void backward(AttentionHeads heads, Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        Variant variant = variant(heads);
        long delta = kernels.scratch(heads.statistics() * Float.BYTES);
        Args queries = kernels.args()
                .pointer(at(dqkv))
                .pointer(delta)
                .pointer(at(dout))
                .pointer(at(qkv))
                .pointer(at(out))
                .pointer(at(logSumExp));
        kernels.launch(variant.queries().of(qkv), variant.config(heads, 4, 1), sizes(heads, queries));
        Args keys = kernels.args()
                .pointer(at(dqkv))
                .pointer(delta)
                .pointer(at(dout))
                .pointer(at(qkv))
                .pointer(at(logSumExp));
        kernels.launch(variant.keys().of(qkv), variant.config(heads, 4, 2), sizes(heads, keys));
    }

    void probabilities(AttentionHeads heads, Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        Variant variant = variant(heads);
        Args args = kernels.args().pointer(at(probabilities)).pointer(at(qkv)).pointer(at(logSumExp));
        kernels.launch(variant.probabilities().of(qkv), variant.config(heads, 2, 0), sizes(heads, args));
    }
}
