package attmask.ops.reference;

import attmask.ops.Augment;
import attmask.ops.CropPixels;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.List;

/** {@link Augment}: the values as integers, normalised in double precision. */
final class ReferenceAugment extends Augment {
    @Override
    protected void computeForward(Tensor crops, Tensor images, List<Crop> list) {
        int area = crops.dim(2) * crops.dim(3);
        DoubleBuffer out = (DoubleBuffer) crops.handle();
        for (Crop crop : list) {
            int[] values = CropPixels.of((ByteBuffer) images.handle(), crop, crops.dim(3), crops.dim(2));
            for (int i = 0; i < values.length; i++) {
                out.put(crop.row() * values.length + i, normalised(i / area, values[i]));
            }
        }
    }
}
