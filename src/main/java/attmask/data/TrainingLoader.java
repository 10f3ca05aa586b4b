package attmask.data;

import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Batches for training, made on worker threads ahead of their use. Order and randomness depend on seed, epoch and image
 * number only: not on the number of workers, and not on where a run was resumed. The last, incomplete batch of an epoch
 * is dropped; the next epoch follows without a pause.
 *
 * @param <B> what a batch holds
 */
final class TrainingLoader<B extends TrainingBatch> implements AutoCloseable {
    /** Puts an image into a batch; each worker has its own. */
    interface Filler<B> {
        /** @param random names the image and the epoch; nothing else may decide what becomes of the image */
        void fill(RgbImage image, RandomStream random, B batch, int row);
    }

    private final ReadableImages images;
    private final CropLoader.Options options;
    private final int stepsPerEpoch;
    private final BatchPipeline<B> pipeline;
    private int[] order;
    private int orderEpoch = -1;

    /**
     * Starts the workers.
     *
     * @param buffers batches that there are: one for each that the consumer holds, the others are made ahead
     * @throws UserException when there are fewer images than a batch holds, or the start lies after the end
     */
    TrainingLoader(
            ReadableImages images,
            CropLoader.Options options,
            int buffers,
            TrainingBatch.Maker<B> batches,
            Supplier<Filler<B>> fillers) {
        this.images = images;
        this.options = options;
        this.stepsPerEpoch = images.source().size() / options.batchSize();
        if (stepsPerEpoch == 0) {
            throw new UserException(
                    "batch size " + options.batchSize() + " is larger than the number of training images, "
                            + images.source().size() + ": lower it or give more images");
        }
        long first = (long) options.startEpoch() * stepsPerEpoch + options.startStep();
        long end = (long) options.epochs() * stepsPerEpoch;
        if (options.startStep() > stepsPerEpoch || first > end) {
            throw new UserException("cannot start at epoch " + options.startEpoch() + ", step " + options.startStep()
                    + ": there are " + options.epochs() + " epochs of " + stepsPerEpoch + " steps");
        }
        List<B> pool = new ArrayList<>();
        for (int i = 0; i < buffers; i++) {
            pool.add(batches.make(this::release));
        }
        this.pipeline = new BatchPipeline<>(
                this::begin,
                first * options.parts(),
                end * options.parts(),
                pool,
                options.workers(),
                () -> filler(fillers.get()));
    }

    private int begin(B batch, long number) {
        int parts = options.parts();
        int epoch = (int) (number / parts / stepsPerEpoch);
        int step = (int) (number / parts % stepsPerEpoch);
        int part = (int) (number % parts);
        if (epoch != orderEpoch) {
            order = new RandomStream(options.seed(), Purpose.SHUFFLE, epoch, 0)
                    .permutation(images.source().size());
            orderEpoch = epoch;
        }
        batch.begin(epoch, step);
        int from = step * options.batchSize() + part * options.rows();
        System.arraycopy(order, from, batch.indices(), 0, options.rows());
        return options.rows();
    }

    /** An image's randomness is named by the number asked for, so a substitute is not treated twice alike. */
    private BatchPipeline.Filler<B> filler(Filler<B> inner) {
        return (batch, row) -> {
            int asked = batch.indices()[row];
            ReadableImages.Found found = images.imageOrNext(asked);
            RandomStream random = new RandomStream(options.seed(), Purpose.AUGMENT, batch.epoch(), asked);
            inner.fill(found.image(), random, batch, row);
            batch.found(row, found, images.source().label(found.index()));
        };
    }

    private void release(B batch) {
        pipeline.release(batch);
    }

    /** Number of steps in an epoch. */
    int stepsPerEpoch() {
        return stepsPerEpoch;
    }

    /**
     * The next batch, or null after the last. Call {@link TrainingBatch#release} when done with it.
     *
     * @throws UserException when not one image can be read
     * @throws IllegalStateException when a worker failed, the loader is closed, or every batch is still out
     */
    B next() {
        return pipeline.next();
    }

    /** True if {@link #next} would hand out a batch at once. */
    boolean ready() {
        return pipeline.ready();
    }

    /** Nanoseconds spent waiting in {@link #next} since the start. */
    long waitedNanos() {
        return pipeline.waitedNanos();
    }

    /** Ends the workers. */
    @Override
    public void close() {
        pipeline.close();
    }
}
