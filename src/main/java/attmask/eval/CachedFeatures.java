package attmask.eval;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;

/** Features that were computed once, in another order each epoch; the last batch may be smaller. */
final class CachedFeatures implements FeatureBatches {
    private final Features features;
    private final int batch;
    private final long seed;
    private final float[] rows;
    private final int[] labels;

    CachedFeatures(Features features, int batch, long seed) {
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
