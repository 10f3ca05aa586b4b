package attmask.ops.cuda;

import attmask.ops.Gelu;
import attmask.tensor.Tensor;

/** {@link Gelu} on the GPU: kernels/gelu.cu. */
final class CudaGelu extends Gelu {
    private final Kernels kernels;

    CudaGelu(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor x) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
