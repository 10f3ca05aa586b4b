package attmask.ops.cuda;

import attmask.ops.Softmax;
import attmask.tensor.Tensor;

/** {@link Softmax} on the GPU: kernels/softmax.cu. */
final class CudaSoftmax extends Softmax {
    private final Kernels kernels;

    CudaSoftmax(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor center, double temperature) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor y, double temperature) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
