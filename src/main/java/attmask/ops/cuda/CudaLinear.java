package attmask.ops.cuda;

import attmask.ops.Linear;
import attmask.tensor.Tensor;

/** {@link Linear} on the GPU: kernels/linear.cu. */
final class CudaLinear extends Linear {
    private final Kernels kernels;

    CudaLinear(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor weight, Tensor bias) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackwardInput(Tensor dx, Tensor dy, Tensor weight) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
