package attmask.ops.cuda;

import attmask.ops.Residual;
import attmask.tensor.Tensor;

/** {@link Residual} on the GPU: kernels/residual.cu. */
final class CudaResidual extends Residual {
    private final Kernels kernels;

    CudaResidual(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor branch, Tensor keep) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(Tensor dbranch, Tensor dy, Tensor keep) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
