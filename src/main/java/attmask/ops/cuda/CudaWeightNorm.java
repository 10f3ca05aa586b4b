package attmask.ops.cuda;

import attmask.ops.WeightNorm;
import attmask.tensor.Tensor;

/** {@link WeightNorm} on the GPU: kernels/weight_norm.cu. */
final class CudaWeightNorm extends WeightNorm {
    private final Kernels kernels;

    CudaWeightNorm(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor w, Tensor norm, Tensor v, Tensor g) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(Tensor dv, Tensor dg, Tensor dw, Tensor v, Tensor g, Tensor norm) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
