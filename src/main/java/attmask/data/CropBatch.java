package attmask.data;

import attmask.config.Size;
import java.util.function.Consumer;

/**
 * One step's crops, in buffers that are used again after {@link #release}. B is the batch size, L the number of local
 * crops.
 */
public final class CropBatch {
    private final int rows;
    private final float[] globals;
    private final float[] locals;
    private final int[] labels;
    private final int[] indices;
    private final boolean[] replaced;
    private final Consumer<CropBatch> releaser;
    private int epoch;
    private int step;

    CropBatch(int rows, MultiCropSettings settings, Consumer<CropBatch> releaser) {
        this.rows = rows;
        this.globals = new float[length(settings.globals(), rows, settings.globalSize())];
        this.locals = new float[length(settings.localCrops(), rows, settings.localSize())];
        this.labels = new int[rows];
        this.indices = new int[rows];
        this.replaced = new boolean[rows];
        this.releaser = releaser;
    }

    private static int length(int crops, int rows, Size size) {
        return Math.toIntExact(3L * crops * rows * size.pixels());
    }

    void begin(int newEpoch, int newStep) {
        epoch = newEpoch;
        step = newStep;
    }

    /** B, the number of images. */
    public int rows() {
        return rows;
    }

    /** Epoch, from 0. */
    public int epoch() {
        return epoch;
    }

    /** Step within the epoch, from 0. */
    public int step() {
        return step;
    }

    /** Global crops (2B,3,H,W), crop by crop: rows 0..B-1 are crop 1, rows B..2B-1 crop 2; or one crop, (B,3,H,W). */
    public float[] globals() {
        return globals;
    }

    /** Local crops (L·B,3,h,w), crop by crop; empty when L = 0. */
    public float[] locals() {
        return locals;
    }

    /** Label of each image (B), -1 where unknown. */
    public int[] labels() {
        return labels;
    }

    /** Number of each image in its source (B). */
    public int[] indices() {
        return indices;
    }

    /** Number of images that could not be read, in whose place others came. */
    public int replaced() {
        int count = 0;
        for (boolean other : replaced) {
            count += other ? 1 : 0;
        }
        return count;
    }

    /** Takes note of what is in a row. */
    void found(int row, ReadableImages.Found image, int label) {
        replaced[row] = image.index() != indices[row];
        indices[row] = image.index();
        labels[row] = label;
    }

    /** Gives the buffers back to the loader; the batch must not be used afterwards. */
    public void release() {
        releaser.accept(this);
    }
}
