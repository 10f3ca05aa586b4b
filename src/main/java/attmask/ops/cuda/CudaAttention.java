package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.config.UserException;
import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.Attention;
import attmask.tensor.Tensor;
import java.util.Arrays;

/**
 * {@link Attention} on the GPU: kernels/attention.cu. A block has one head of one image and a tile of its queries; in
 * backward, once more, a tile of its keys, so that no sum is shared between blocks.
 */
final class CudaAttention extends Attention {
    private static final int TILE = 32;
    private static final int THREADS = 128;
    /** Stride of a tile of scores in shared memory. */
    private static final int SCORE_STRIDE = TILE + 16;

    private static final int[] WIDTHS = {32, 64, 128};

    private final Kernels kernels;
    private final Variant[] variants;

    CudaAttention(Kernels kernels) {
        this.kernels = kernels;
        variants = Arrays.stream(WIDTHS)
                .mapToObj(width -> Variant.of(kernels, width))
                .toArray(Variant[]::new);
    }

    /** The kernels for heads up to so wide. */
    private record Variant(
            int width, Driver.Kernel forward, Driver.Kernel queries, Driver.Kernel keys, Driver.Kernel probabilities) {
        static Variant of(Kernels kernels, int width) {
            return new Variant(
                    width,
                    kernels.kernel("attention", "attention_forward_" + width),
                    kernels.kernel("attention", "attention_backward_queries_" + width),
                    kernels.kernel("attention", "attention_backward_keys_" + width),
                    kernels.kernel("attention", "attention_probabilities_" + width));
        }

        /** Shared memory for so many tiles of tokens and of scores. */
        int shared(int tiles, int scores) {
            return Float.BYTES * TILE * (tiles * (width + 4) + scores * SCORE_STRIDE);
        }
    }

    /** What every launch of a call has in common. */
    private record Heads(Variant variant, int images, int heads, int tokens, int width) {
        LaunchConfig launch(int tiles, int scores) {
            int blocks = (tokens + TILE - 1) / TILE;
            return new LaunchConfig(images * heads, blocks, 1, THREADS, 1, variant.shared(tiles, scores));
        }

        Args sizes(Args args) {
            return args.i32(tokens).i32(heads).i32(width).f32((float) (1 / Math.sqrt(width)));
        }
    }

    private Heads heads(Tensor qkv, Tensor logSumExp) {
        int heads = logSumExp.dim(1);
        int width = qkv.dim(-1) / 3 / heads;
        for (Variant variant : variants) {
            if (width <= variant.width()) {
                return new Heads(variant, logSumExp.dim(0), heads, logSumExp.dim(2), width);
            }
        }
        throw new UserException("the cuda backend's attention takes heads up to " + WIDTHS[WIDTHS.length - 1]
                + " wide, these are " + width + ": give the model more heads, or take --device cpu");
    }

    @Override
    protected void computeForward(Tensor out, Tensor logSumExp, Tensor qkv) {
        Heads heads = heads(qkv, logSumExp);
        Args args = kernels.args().pointer(at(out)).pointer(at(logSumExp)).pointer(at(qkv));
        kernels.launch(heads.variant().forward(), heads.launch(3, 1), heads.sizes(args));
    }

    @Override
    protected void computeBackward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        Heads heads = heads(qkv, logSumExp);
        long delta = kernels.scratch(logSumExp.count() * Float.BYTES);
        Args queries = kernels.args()
                .pointer(at(dqkv))
                .pointer(delta)
                .pointer(at(dout))
                .pointer(at(qkv))
                .pointer(at(out))
                .pointer(at(logSumExp));
        kernels.launch(heads.variant().queries(), heads.launch(4, 1), heads.sizes(queries));
        Args keys = kernels.args()
                .pointer(at(dqkv))
                .pointer(delta)
                .pointer(at(dout))
                .pointer(at(qkv))
                .pointer(at(logSumExp));
        kernels.launch(heads.variant().keys(), heads.launch(4, 2), heads.sizes(keys));
    }

    @Override
    protected void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        Heads heads = heads(qkv, logSumExp);
        Args args = kernels.args().pointer(at(probabilities)).pointer(at(qkv)).pointer(at(logSumExp));
        kernels.launch(heads.variant().probabilities(), heads.launch(2, 0), heads.sizes(args));
    }
}
