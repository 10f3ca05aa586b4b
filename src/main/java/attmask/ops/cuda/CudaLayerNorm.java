package attmask.ops.cuda;

import attmask.ops.LayerNorm;
import attmask.tensor.Tensor;

/** {@link LayerNorm} on the GPU: kernels/layer_norm.cu. */
final class CudaLayerNorm extends LayerNorm {
    private final Kernels kernels;

    CudaLayerNorm(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(
            Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(
            Tensor dx,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma,
            boolean accumulate) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
