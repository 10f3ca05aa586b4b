package attmask.eval;

import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;

/** Features that were computed once, in another order each epoch; the last batch may be smaller. */
public final class CachedFeatures implements FeatureBatches {
    private final Features features;
    private final int batch;
    private final long seed;
    private final float[] rows;
    private final int[] labels;

    /**
     * @param batch images of a step, or all if there are fewer
     * @throws UserException if there are none
     */
    public CachedFeatures(Features features, int batch, long seed) {
        if (features.count() == 0) {
            throw new UserException("linear evaluation needs training images; none is readable");
        }
        this.features = features;
        this.batch = Math.min(batch, features.count());
        this.seed = seed;
        rows = new float[this.batch * features.width()];
        labels = new int[this.batch];
    }

    @Override
    public int width() {
        return features.width();
    }

    @Override
    public int batch() {
        return batch;
    }

    @Override
    public int stepsPerEpoch() {
        return (features.count() + batch - 1) / batch;
    }

    @Override
    public void epoch(int epoch, Step step) {
        int width = features.width();
        int[] order = new RandomStream(seed, Purpose.SHUFFLE, epoch, 0).permutation(features.count());
        for (int from = 0; from < order.length; from += batch) {
            int count = Math.min(batch, order.length - from);
            for (int i = 0; i < count; i++) {
                int image = order[from + i];
                System.arraycopy(features.rows(), image * width, rows, i * width, width);
                labels[i] = features.labels()[image];
            }
            step.accept(rows, labels, count);
        }
    }
}
