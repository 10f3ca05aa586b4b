package attmask.ops.cuda;

import attmask.ops.Attention;
import attmask.tensor.Tensor;

/** {@link Attention} on the GPU: kernels/attention.cu. */
final class CudaAttention extends Attention {
    private final Kernels kernels;

    CudaAttention(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor out, Tensor logSumExp, Tensor qkv) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
