package attmask.ops.cpu;

import attmask.ops.Unfold;
import attmask.tensor.Tensor;

/** {@link Unfold} by rows of patches. */
final class CpuUnfold extends Unfold {
    private final Workers workers;

    CpuUnfold(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor patches, Tensor images, int patch) {
        int channels = images.dim(1);
        int width = images.dim(3);
        int down = images.dim(2) / patch;
        int across = width / patch;
        int size = channels * patch * patch;
        workers.each(images.dim(0) * down, (item, scratch) -> {
            int image = item / down;
            int top = item % down * patch;
            float[] line = scratch.floats(0, width);
            float[] out = scratch.floats(1, across * size);
            for (int c = 0; c < channels; c++) {
                for (int y = 0; y < patch; y++) {
                    long at = (((long) image * channels + c) * down * patch + top + y) * width;
                    Floats.of(images).get(at, line, 0, width);
                    for (int x = 0; x < across; x++) {
                        System.arraycopy(line, x * patch, out, x * size + (c * patch + y) * patch, patch);
                    }
                }
            }
            Floats.of(patches).put((long) item * across * size, out, 0, across * size);
        });
    }
}
