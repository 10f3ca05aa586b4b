package attmask.train;

import attmask.data.TrainingBatch;

/** The images that a step is made of, gathered from its parts. */
final class StepImages {
    private final int epoch;
    private final int[] indices;
    private final int[] labels;
    private int replaced;
    private int count;

    /**
     * @param epoch from 0
     * @param batch B, images of the whole step
     */
    StepImages(int epoch, int batch) {
        this.epoch = epoch;
        indices = new int[batch];
        labels = new int[batch];
    }

    void add(TrainingBatch part) {
        System.arraycopy(part.indices(), 0, indices, count, part.rows());
        System.arraycopy(part.labels(), 0, labels, count, part.rows());
        replaced += part.replaced();
        count += part.rows();
    }

    /** From 0. */
    int epoch() {
        return epoch;
    }

    /** Number of each image in its source (B). */
    int[] indices() {
        return indices;
    }

    /** Label of each image (B), -1 where unknown. */
    int[] labels() {
        return labels;
    }

    /** Number of images that could not be read, in whose place others came. */
    int replaced() {
        return replaced;
    }
}
