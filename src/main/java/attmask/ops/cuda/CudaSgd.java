package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.Sgd;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/** {@link Sgd} on the GPU, one launch for all segments: kernels/sgd.cu. */
final class CudaSgd extends Sgd {
    private static final int BLOCK = 256;

    private final Kernels kernels;
    private final SegmentTable table;
    private final DeviceBuffer rates;
    private final Driver.Kernel step;

    CudaSgd(Kernels kernels) {
        this.kernels = kernels;
        table = new SegmentTable(kernels);
        rates = kernels.buffer();
        step = kernels.kernel("sgd", "sgd_step");
    }

    @Override
    protected void compute(
            Tensor parameters, Tensor gradients, Tensor velocity, List<Update> updates, double momentum) {
        table.update(updates, Update::segment);
        if (table.chunks() == 0) {
            return;
        }
        long address = rates.ofAtLeast((long) updates.size() * Float.BYTES);
        ByteBuffer staging = kernels.staging(updates.size() * Float.BYTES);
        updates.forEach(update -> staging.putFloat((float) update.rate()));
        kernels.driver().upload(Driver.Stream.MAIN, address, staging.flip());
        kernels.launch(
                step,
                LaunchConfig.of(table.chunks(), BLOCK),
                kernels.args()
                        .pointer(at(parameters))
                        .pointer(at(velocity))
                        .pointer(at(gradients))
                        .pointer(table.address())
                        .pointer(address)
                        .f32((float) momentum));
    }
}
