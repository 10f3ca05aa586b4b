package attmask.ops.cuda;

import attmask.ops.Unfold;
import attmask.tensor.Tensor;

/** {@link Unfold} on the GPU: kernels/unfold.cu. */
final class CudaUnfold extends Unfold {
    private final Kernels kernels;

    CudaUnfold(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor patches, Tensor images, int patch) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
