package attmask.ops.cuda;

import attmask.ops.ClipGradients;
import attmask.ops.Segment;
import attmask.tensor.Tensor;
import java.util.List;

/** {@link ClipGradients} on the GPU: kernels/clip_gradients.cu. */
final class CudaClipGradients extends ClipGradients {
    private final Kernels kernels;

    CudaClipGradients(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void compute(Tensor gradients, Tensor norms, List<Segment> segments, double max) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
