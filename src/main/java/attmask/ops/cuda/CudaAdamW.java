package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.AdamW;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/** {@link AdamW} on the GPU, one launch for all parameters: kernels/adam_w.cu. */
final class CudaAdamW extends AdamW {
    private static final int BLOCK = 256;
    /** Of a parameter's own coefficients. */
    private static final int STEP_BYTES = 16;

    private final Kernels kernels;
    private final SegmentTable table;
    private final DeviceBuffer steps;
    private final Driver.Kernel step;

    CudaAdamW(Kernels kernels) {
        this.kernels = kernels;
        table = new SegmentTable(kernels);
        steps = kernels.buffer();
        step = kernels.kernel("adam_w", "adam_w_step");
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
        table.update(updates, Update::segment);
        if (table.chunks() == 0) {
            return;
        }
        long coefficients = steps.ofAtLeast((long) updates.size() * STEP_BYTES);
        kernels.driver().upload(Driver.Stream.MAIN, coefficients, coefficients(updates, learningRate, betas));
        kernels.launch(
                step,
                LaunchConfig.of(table.chunks(), BLOCK),
                kernels.args()
                        .pointer(at(parameters))
                        .pointer(at(first))
                        .pointer(at(second))
                        .pointer(at(gradients))
                        .pointer(table.address())
                        .pointer(coefficients)
                        .f32((float) betas.first())
                        .f32((float) (1 - betas.first()))
                        .f32((float) betas.second())
                        .f32((float) (1 - betas.second()))
                        .f32((float) betas.epsilon()));
    }

    /** Each parameter's decay, rate and root, worked out in double precision, and whether it is frozen. */
    private ByteBuffer coefficients(List<Update> updates, double learningRate, Betas betas) {
        ByteBuffer staging = kernels.staging(updates.size() * STEP_BYTES);
        for (Update update : updates) {
            boolean frozen = update.step() == 0;
            // Any step will do for a frozen one, whose numbers are not used: 0 would divide by 0.
            int t = Math.max(1, update.step());
            double rate = learningRate * update.rate();
            staging.putFloat((float) (1 - rate * update.decay()))
                    .putFloat((float) (rate / (1 - Math.pow(betas.first(), t))))
                    .putFloat((float) (1 / Math.sqrt(1 - Math.pow(betas.second(), t))))
                    .putInt(frozen ? 1 : 0);
        }
        return staging.flip();
    }
}
