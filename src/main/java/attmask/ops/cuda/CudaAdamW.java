package attmask.ops.cuda;

import attmask.ops.AdamW;
import attmask.tensor.Tensor;
import java.util.List;

/** {@link AdamW} on the GPU: kernels/adam_w.cu. */
final class CudaAdamW extends AdamW {
    private final Kernels kernels;

    CudaAdamW(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void compute(
            Tensor parameters,
            Tensor gradients,
            Tensor first,
            Tensor second,
            List<Update> updates,
            double learningRate,
            Betas betas) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
