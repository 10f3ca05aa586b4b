package attmask.ops.cuda;

import attmask.ops.AttentionMask;
import attmask.tensor.Tensor;

/** {@link AttentionMask} on the GPU: kernels/attention_mask.cu. */
final class CudaAttentionMask extends AttentionMask {
    private final Kernels kernels;

    CudaAttentionMask(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeScores(Tensor scores, Tensor qkv, int heads) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeSelect(Tensor mask, Tensor rows, Tensor scores, Rule rule) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
