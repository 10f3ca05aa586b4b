package attmask.data;

import attmask.config.Size;
import java.util.function.Consumer;

/** Some images for evaluation, in buffers that are used again after {@link #release}. */
public final class EvalBatch {
    private final float[] images;
    private final int[] labels;
    private final int[] indices;
    private final boolean[] readable;
    private final int imageLength;
    private final Consumer<EvalBatch> releaser;
    private int count;

    EvalBatch(int capacity, Size size, Consumer<EvalBatch> releaser) {
        this.imageLength = 3 * size.pixels();
        this.images = new float[Math.multiplyExact(capacity, imageLength)];
        this.labels = new int[capacity];
        this.indices = new int[capacity];
        this.readable = new boolean[capacity];
        this.releaser = releaser;
    }

    void begin(int first, int rows) {
        count = rows;
        for (int row = 0; row < rows; row++) {
            indices[row] = first + row;
            readable[row] = false;
        }
    }

    void fill(int row, Planes image, int label) {
        Normaliser.store(image, images, row * imageLength);
        labels[row] = label;
        readable[row] = true;
    }

    /** Moves the readable images together. */
    void closeGaps() {
        int kept = 0;
        for (int row = 0; row < count; row++) {
            if (!readable[row]) {
                continue;
            }
            if (kept < row) {
                System.arraycopy(images, row * imageLength, images, kept * imageLength, imageLength);
                labels[kept] = labels[row];
                indices[kept] = indices[row];
            }
            kept++;
        }
        count = kept;
    }

    /** Number of images n, at most the batch size; unreadable ones are left out, so it may be 0. */
    public int count() {
        return count;
    }

    /** The images (n,3,H,W); what lies beyond is of no meaning. */
    public float[] images() {
        return images;
    }

    /** Label of each image, -1 where unknown. */
    public int[] labels() {
        return labels;
    }

    /** Number of each image in its source. */
    public int[] indices() {
        return indices;
    }

    /** Gives the buffers back to the loader; the batch must not be used afterwards. */
    public void release() {
        releaser.accept(this);
    }
}
