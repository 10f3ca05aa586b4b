package attmask.data;

import attmask.config.UserException;

/** Batches of crops for training, made on worker threads ahead of their use. */
public final class CropLoader implements AutoCloseable {
    private final TrainingLoader<CropBatch> loader;

    /**
     * What to load.
     *
     * @param seed of the run
     * @param batchSize B, images per step
     * @param parts in which a step's images come, one after the other, each of B / parts images
     * @param epochs number of epochs of the whole run
     * @param startEpoch epoch of the first step, from 0
     * @param startStep the first step within its epoch, from 0; the steps per epoch mean the next epoch's
     *     start
     * @param workers number of threads, at least 1
     * @param prefetch batches made ahead, at least 1
     */
    public record Options(
            long seed, int batchSize, int parts, int epochs, int startEpoch, int startStep, int workers, int prefetch) {
        /** @throws UserException when a value is out of range */
        public Options {
            if (batchSize < 1) {
                throw new UserException("batch size " + batchSize + " is below 1");
            }
            if (parts < 1 || batchSize % parts != 0) {
                throw new UserException("batch size " + batchSize + " cannot be cut into " + parts + " equal parts");
            }
            if (epochs < 0 || startEpoch < 0 || startStep < 0) {
                throw new UserException("epochs " + epochs + ", start at epoch " + startEpoch + ", step " + startStep
                        + ": none may be negative");
            }
            if (workers < 1 || workers > 1024 || prefetch < 1) {
                throw new UserException("data workers " + workers + ", prefetch " + prefetch
                        + ": there must be at least 1 of each and at most 1024 workers");
            }
        }

        /** Steps in one part. */
        public Options(long seed, int batchSize, int epochs, int startEpoch, int startStep, int workers, int prefetch) {
            this(seed, batchSize, 1, epochs, startEpoch, startStep, workers, prefetch);
        }

        /** Images that come at once. */
        int rows() {
            return batchSize / parts;
        }
    }

    /**
     * Starts the workers.
     *
     * @throws UserException when there are fewer images than a batch holds, or the start lies after the end
     */
    public CropLoader(ReadableImages images, MultiCropSettings settings, Options options) {
        loader = new TrainingLoader<>(
                images,
                options,
                options.prefetch() + 1,
                releaser -> new CropBatch(options.rows(), settings, releaser),
                () -> filler(new MultiCrop(settings)));
    }

    private static TrainingLoader.Filler<CropBatch> filler(MultiCrop multiCrop) {
        return (image, random, batch, row) ->
                multiCrop.crops(image, random, batch.globals(), batch.locals(), batch.rows(), row);
    }

    /** Number of batches in an epoch. */
    public int stepsPerEpoch() {
        return loader.stepsPerEpoch();
    }

    /**
     * The next batch, or null after the last epoch. Call {@link CropBatch#release} when done with it.
     *
     * @throws UserException when not one image can be read
     * @throws IllegalStateException when a worker failed, the loader is closed, or every batch is still out
     */
    public CropBatch next() {
        return loader.next();
    }

    /** Nanoseconds spent waiting in {@link #next} since the start. */
    public long waitedNanos() {
        return loader.waitedNanos();
    }

    /** Ends the workers. */
    @Override
    public void close() {
        loader.close();
    }
}
