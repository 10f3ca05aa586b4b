package attmask.ops.cuda;

import attmask.ops.Grid;
import attmask.ops.PositionResize;
import attmask.tensor.Tensor;

/** {@link PositionResize} on the GPU: kernels/position_resize.cu. */
final class CudaPositionResize extends PositionResize {
    private final Kernels kernels;

    CudaPositionResize(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(Tensor out, Tensor positions, Grid from, Grid to) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(Tensor dpositions, Tensor dout, Grid from, Grid to) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
