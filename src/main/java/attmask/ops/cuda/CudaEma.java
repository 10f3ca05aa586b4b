package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.ops.Ema;
import attmask.tensor.Tensor;

/** {@link Ema} on the GPU: kernels/ema.cu. */
final class CudaEma extends Ema {
    private final Kernels kernels;
    private final Driver.Kernel update;

    CudaEma(Kernels kernels) {
        this.kernels = kernels;
        update = kernels.kernel("ema", "ema_update");
    }

    @Override
    protected void compute(Tensor average, Tensor value, double momentum) {
        long count = average.count();
        if (count == 0) {
            return;
        }
        kernels.launch(
                update,
                FlatLaunch.of(count),
                kernels.args()
                        .pointer(at(average))
                        .pointer(at(value))
                        .i64(count)
                        .f32((float) momentum)
                        .f32((float) (1 - momentum)));
    }
}
