package attmask.data;

import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.ArrayList;
import java.util.List;

/**
 * Batches of crops for training, made on worker threads ahead of their use. Order and crops depend on seed, epoch and
 * image number only: not on the number of workers, and not on where a run was resumed. The last, incomplete batch of an
 * epoch is dropped; the next epoch follows without a pause.
 */
public final class CropLoader implements AutoCloseable {
    private final ReadableImages images;
    private final Options options;
    private final int stepsPerEpoch;
    private final BatchPipeline<CropBatch> pipeline;
    private int[] order;
    private int orderEpoch = -1;

    /**
     * What to load.
     *
     * @param seed of the run
     * @param batchSize B, images per batch
     * @param epochs number of epochs of the whole run
     * @param startEpoch epoch of the first batch, from 0
     * @param startStep step of the first batch within its epoch, from 0; the steps per epoch mean the next epoch's
     *     start
     * @param workers number of threads, at least 1
     * @param prefetch batches made ahead, at least 1
     */
    public record Options(
            long seed, int batchSize, int epochs, int startEpoch, int startStep, int workers, int prefetch) {
        /** @throws UserException when a value is out of range */
        public Options {
            if (batchSize < 1) {
                throw new UserException("batch size " + batchSize + " is below 1");
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
    }

    /**
     * Starts the workers.
     *
     * @throws UserException when there are fewer images than a batch holds, or the start lies after the end
     */
    public CropLoader(ReadableImages images, MultiCropSettings settings, Options options) {
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
        List<CropBatch> pool = new ArrayList<>();
        for (int i = 0; i <= options.prefetch(); i++) {
            pool.add(new CropBatch(options.batchSize(), settings, this::release));
        }
        this.pipeline = new BatchPipeline<>(
                this::begin, first, end, pool, options.workers(), () -> filler(new MultiCrop(settings)));
    }

    private int begin(CropBatch batch, long number) {
        int epoch = (int) (number / stepsPerEpoch);
        int step = (int) (number % stepsPerEpoch);
        if (epoch != orderEpoch) {
            order = new RandomStream(options.seed(), Purpose.SHUFFLE, epoch, 0)
                    .permutation(images.source().size());
            orderEpoch = epoch;
        }
        batch.begin(epoch, step);
        System.arraycopy(order, step * options.batchSize(), batch.indices(), 0, options.batchSize());
        return options.batchSize();
    }

    /** The crops' randomness is named by the number asked for, so a substitute is not cropped twice alike. */
    private BatchPipeline.Filler<CropBatch> filler(MultiCrop multiCrop) {
        return (batch, row) -> {
            int asked = batch.indices()[row];
            ReadableImages.Found found = images.imageOrNext(asked);
            RandomStream random = new RandomStream(options.seed(), Purpose.AUGMENT, batch.epoch(), asked);
            multiCrop.crops(found.image(), random, batch.globals(), batch.locals(), batch.rows(), row);
            batch.found(row, found, images.source().label(found.index()));
        };
    }

    private void release(CropBatch batch) {
        pipeline.release(batch);
    }

    /** Number of batches in an epoch. */
    public int stepsPerEpoch() {
        return stepsPerEpoch;
    }

    /**
     * The next batch, or null after the last epoch. Call {@link CropBatch#release} when done with it.
     *
     * @throws UserException when not one image can be read
     * @throws IllegalStateException when a worker failed, the loader is closed, or every batch is still out
     */
    public CropBatch next() {
        return pipeline.next();
    }

    /** Nanoseconds spent waiting in {@link #next} since the start. */
    public long waitedNanos() {
        return pipeline.waitedNanos();
    }

    /** Ends the workers. */
    @Override
    public void close() {
        pipeline.close();
    }
}
