package attmask.ops.cuda;

import attmask.ops.L2Normalize;
import attmask.tensor.Tensor;

/** {@link L2Normalize} on the GPU: kernels/l2_normalize.cu. */
final class CudaL2Normalize extends L2Normalize {
    private final Kernels kernels;

    CudaL2Normalize(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor y, Tensor norm, Tensor x) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor y, Tensor norm) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
