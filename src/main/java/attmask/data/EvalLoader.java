package attmask.data;

import attmask.config.UserException;
import java.util.ArrayList;
import java.util.List;

/**
 * All images of a source once, in order, resized and centre-cropped on worker threads; unreadable ones are left out.
 */
public final class EvalLoader implements AutoCloseable {
    private final ReadableImages images;
    private final int batchSize;
    private final BatchPipeline<EvalBatch> pipeline;

    /**
     * Starts the workers.
     *
     * @param batchSize images per batch; the last may hold fewer
     * @param workers number of threads, at least 1
     * @param prefetch batches made ahead, at least 1
     * @throws UserException when a number is below 1
     */
    public EvalLoader(ReadableImages images, EvalTransform transform, int batchSize, int workers, int prefetch) {
        if (batchSize < 1 || workers < 1 || prefetch < 1) {
            throw new UserException("evaluation batch size " + batchSize + ", workers " + workers + ", prefetch "
                    + prefetch + ": none may be below 1");
        }
        this.images = images;
        this.batchSize = batchSize;
        List<EvalBatch> pool = new ArrayList<>();
        for (int i = 0; i <= prefetch; i++) {
            pool.add(new EvalBatch(batchSize, transform.crop(), this::release));
        }
        long batches = ((long) images.source().size() + batchSize - 1) / batchSize;
        this.pipeline = new BatchPipeline<>(this::begin, 0, batches, pool, workers, () -> filler(transform));
    }

    private int begin(EvalBatch batch, long number) {
        int first = (int) (number * batchSize);
        int rows = Math.min(batchSize, images.source().size() - first);
        batch.begin(first, rows);
        return rows;
    }

    private BatchPipeline.Filler<EvalBatch> filler(EvalTransform transform) {
        BicubicResampler resampler = new BicubicResampler();
        Planes planes = new Planes();
        return (batch, row) -> {
            int index = batch.indices()[row];
            images.tryImage(index).ifPresent(image -> {
                transform.apply(image, resampler, planes);
                batch.fill(row, planes, images.source().label(index));
            });
        };
    }

    private void release(EvalBatch batch) {
        pipeline.release(batch);
    }

    /**
     * The next batch, or null after the last. Call {@link EvalBatch#release} when done with it.
     *
     * @throws IllegalStateException when a worker failed, the loader is closed, or every batch is still out
     */
    public EvalBatch next() {
        EvalBatch batch = pipeline.next();
        if (batch != null) {
            batch.closeGaps();
        }
        return batch;
    }

    /** Ends the workers. */
    @Override
    public void close() {
        pipeline.close();
    }
}
