package attmask.ops.cuda;

import attmask.ops.Rows;
import attmask.tensor.Tensor;

/** {@link Rows} on the GPU: kernels/rows.cu. */
final class CudaRows extends Rows {
    private final Kernels kernels;

    CudaRows(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeGather(Tensor packed, Tensor all, Tensor index) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeScatter(Tensor all, Tensor packed, Tensor index) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
