package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.Ema;
import attmask.tensor.Tensor;

/** {@link Ema} on the GPU: kernels/ema.cu. */
final class CudaEma extends Ema {
    private static final int BLOCK = 256;
    /** Elements that a thread should at least have. */
    private static final int PER_THREAD = 4;

    private static final int BLOCKS_PER_PROCESSOR = 8;

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
        long useful = (count + BLOCK * PER_THREAD - 1) / (BLOCK * PER_THREAD);
        int filling = BLOCKS_PER_PROCESSOR * kernels.driver().device().processors();
        kernels.launch(
                update,
                LaunchConfig.of((int) Math.min(useful, filling), BLOCK),
                kernels.args()
                        .pointer(at(average))
                        .pointer(at(value))
                        .i64(count)
                        .f32((float) momentum)
                        .f32((float) (1 - momentum)));
    }
}
