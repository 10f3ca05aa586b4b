package attmask.ops.cuda;

import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;

/** Attention in bfloat16 on tensor cores for heads of 32 and 64, kernels/attention_bf16.cu, on addresses. */
final class TensorCoreAttention {
    private static final int TILE = 64;
    private static final int THREADS = 128;
    private static final int ALIGNMENT = 16;

    private final Kernels kernels;
    private final Map<Integer, Variant> variants = new LinkedHashMap<>();

    TensorCoreAttention(Kernels kernels) {
        this.kernels = kernels;
        for (int width : new int[] {32, 64}) {
            variants.put(width, Variant.of(kernels, width));
        }
    }

    private record Variant(Driver.Kernel forward, Driver.Kernel queries, Driver.Kernel keys) {
        static Variant of(Kernels kernels, int width) {
            return new Variant(
                    kernels.kernel("attention_bf16", "attention_forward_bf16_" + width),
                    kernels.kernel("attention_bf16", "attention_backward_queries_bf16_" + width),
                    kernels.kernel("attention_bf16", "attention_backward_keys_bf16_" + width));
        }
    }

    /** True if there are kernels for heads of this width in tensors that start here. */
    boolean takes(AttentionHeads heads, long... addresses) {
        return variants.containsKey(heads.width())
                && LongStream.of(addresses).allMatch(address -> address % ALIGNMENT == 0);
    }

    private static LaunchConfig config(AttentionHeads heads) {
        int blocks = (heads.tokens() + TILE - 1) / TILE;
        return new LaunchConfig(heads.images() * heads.heads(), blocks, 1, THREADS, 1, 0);
    }

    private static Args sizes(AttentionHeads heads, Args args) {
        return heads.tokensAndHeads(args).f32(heads.scale());
    }

    void forward(AttentionHeads heads, long out, long logSumExp, long qkv) {
        Args args = kernels.args().pointer(out).pointer(logSumExp).pointer(qkv);
        kernels.launch(variants.get(heads.width()).forward(), config(heads), sizes(heads, args));
    }

    void backward(AttentionHeads heads, long dqkv, long dout, long qkv, long out, long logSumExp) {
        Variant variant = variants.get(heads.width());
        long delta = kernels.scratch(heads.statistics() * Float.BYTES);
        Args queries = kernels.args()
                .pointer(dqkv)
                .pointer(delta)
                .pointer(dout)
                .pointer(qkv)
                .pointer(out)
                .pointer(logSumExp);
        kernels.launch(variant.queries(), config(heads), sizes(heads, queries));
        Args keys = kernels.args()
                .pointer(dqkv)
                .pointer(delta)
                .pointer(dout)
                .pointer(qkv)
                .pointer(logSumExp);
        kernels.launch(variant.keys(), config(heads), sizes(heads, keys));
    }
}
