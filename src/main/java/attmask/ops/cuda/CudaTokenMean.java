package attmask.ops.cuda;

import attmask.ops.TokenMean;
import attmask.tensor.Tensor;

/** {@link TokenMean} on the GPU: kernels/token_mean.cu. */
final class CudaTokenMean extends TokenMean {
    private final Kernels kernels;

    CudaTokenMean(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor mean, Tensor x, int tokens, int first) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
