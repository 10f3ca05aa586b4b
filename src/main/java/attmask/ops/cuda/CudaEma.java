package attmask.ops.cuda;

import attmask.ops.Ema;
import attmask.tensor.Tensor;

/** {@link Ema} on the GPU: kernels/ema.cu. */
final class CudaEma extends Ema {
    private final Kernels kernels;

    CudaEma(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void compute(Tensor average, Tensor value, double momentum) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
