package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Unfold;
import attmask.tensor.Tensor;

/** {@link Unfold} as a copy. */
final class ReferenceUnfold extends Unfold {
    @Override
    protected void computeForward(Tensor patches, Tensor images, int patch) {
        int channels = images.dim(1);
        int height = images.dim(2);
        int width = images.dim(3);
        double[] in = read(images);
        double[] out = new double[in.length];
        int i = 0;
        for (int b = 0; b < images.dim(0); b++) {
            for (int top = 0; top < height; top += patch) {
                for (int left = 0; left < width; left += patch) {
                    for (int c = 0; c < channels; c++) {
                        for (int y = top; y < top + patch; y++) {
                            for (int x = left; x < left + patch; x++) {
                                out[i++] = in[((b * channels + c) * height + y) * width + x];
                            }
                        }
                    }
                }
            }
        }
        write(patches, out);
    }
}
