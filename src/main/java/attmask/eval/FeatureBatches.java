package attmask.eval;

/** Labelled features to train on, an epoch at a time. */
public interface FeatureBatches {
    /** Takes a batch; the arrays are used again afterwards. */
    interface Step {
        /**
         * @param features (at least count, F)
         * @param labels (at least count)
         */
        void accept(float[] features, int[] labels, int count);
    }

    /** F, numbers that describe an image. */
    int width();

    /** Most images of a batch. */
    int batch();

    int stepsPerEpoch();

    /** Hands over the batches of an epoch; epochs are asked for in order, from 0. */
    void epoch(int epoch, Step step);
}
