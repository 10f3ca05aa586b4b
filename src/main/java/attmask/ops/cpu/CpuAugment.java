package attmask.ops.cpu;

import attmask.ops.Augment;
import attmask.ops.CropPixels;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/** {@link Augment} crop by crop. Runs that augment on the CPU do so while they load; this is the plain form. */
final class CpuAugment extends Augment {
    private static final float[] NORMALISED = new float[3 * 256];

    static {
        for (int i = 0; i < NORMALISED.length; i++) {
            NORMALISED[i] = (float) normalised(i / 256, i % 256);
        }
    }

    private final Workers workers;

    CpuAugment(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor crops, Tensor images, List<Crop> list) {
        int area = crops.dim(2) * crops.dim(3);
        ByteBuffer bytes = (ByteBuffer) images.handle();
        workers.each(list.size(), (item, scratch) -> {
            Crop crop = list.get(item);
            int[] values = CropPixels.of(bytes, crop, crops.dim(3), crops.dim(2));
            float[] out = scratch.floats(0, values.length);
            for (int i = 0; i < values.length; i++) {
                out[i] = NORMALISED[i / area * 256 + values[i]];
            }
            Floats.of(crops).put((long) crop.row() * values.length, out, 0, values.length);
        });
    }
}
