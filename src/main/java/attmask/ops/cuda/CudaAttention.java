package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.Attention;
import attmask.tensor.DType;
import attmask.tensor.Tensor;

/**
 * {@link Attention} on the GPU: on tensor cores for bfloat16 where the heads' width allows it, else computed in float32.
 */
final class CudaAttention extends Attention {
    private final FloatAttention floats;
    private final TensorCoreAttention cores;

    CudaAttention(Kernels kernels) {
        floats = new FloatAttention(kernels);
        cores = new TensorCoreAttention(kernels);
    }

    @Override
    protected void computeForward(Tensor out, Tensor logSumExp, Tensor qkv) {
        AttentionHeads heads = AttentionHeads.of(qkv, logSumExp);
        if (qkv.type() == DType.BF16 && cores.takes(heads, at(out), at(qkv))) {
            cores.forward(heads, at(out), at(logSumExp), at(qkv));
        } else {
            floats.forward(heads, out, logSumExp, qkv);
        }
    }

    @Override
    protected void computeBackward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        AttentionHeads heads = AttentionHeads.of(qkv, logSumExp);
        if (qkv.type() == DType.BF16 && cores.takes(heads, at(dqkv), at(dout), at(qkv), at(out))) {
            cores.backward(heads, at(dqkv), at(dout), at(qkv), at(out), at(logSumExp));
        } else {
            floats.backward(heads, dqkv, dout, qkv, out, logSumExp);
        }
    }

    @Override
    protected void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        floats.probabilities(AttentionHeads.of(qkv, logSumExp), probabilities, qkv, logSumExp);
    }
}
