package attmask.ops.cuda;

import attmask.ops.ArgMax;
import attmask.tensor.Tensor;

/** {@link ArgMax} on the GPU: kernels/arg_max.cu. */
final class CudaArgMax extends ArgMax {
    private final Kernels kernels;

    CudaArgMax(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor index, Tensor x) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
