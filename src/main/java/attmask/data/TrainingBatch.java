package attmask.data;

import java.util.function.Consumer;

/**
 * The images of a step, or of one of its parts, in buffers that are used again after {@link #release}. B is their
 * number.
 */
public abstract class TrainingBatch {
    private final int[] labels;
    private final int[] indices;
    private final boolean[] replaced;
    private int epoch;
    private int step;

    TrainingBatch(int rows) {
        labels = new int[rows];
        indices = new int[rows];
        replaced = new boolean[rows];
    }

    /** Makes the buffers of a batch, which go back where they came from. */
    interface Maker<B> {
        B make(Consumer<B> releaser);
    }

    void begin(int newEpoch, int newStep) {
        epoch = newEpoch;
        step = newStep;
    }

    /** B, the number of images. */
    public int rows() {
        return indices.length;
    }

    /** Epoch, from 0. */
    public int epoch() {
        return epoch;
    }

    /** Step within the epoch, from 0. */
    public int step() {
        return step;
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
    public abstract void release();
}
