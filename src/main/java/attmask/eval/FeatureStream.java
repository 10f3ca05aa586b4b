package attmask.eval;

import attmask.config.Size;
import attmask.data.EvalBatch;
import attmask.data.EvalLoader;
import attmask.data.EvalTransform;
import attmask.data.ReadableImages;

/** Features of every readable image of a source, in its order, a batch at a time. */
public final class FeatureStream implements AutoCloseable {
    private static final int PREFETCH = 2;

    private final Encoder encoder;
    private final EvalLoader loader;
    private final float[] rows;
    private EvalBatch batch;

    /** @param workers threads that decode */
    public FeatureStream(Encoder encoder, ReadableImages images, int workers) {
        this.encoder = encoder;
        rows = new float[Math.multiplyExact(encoder.batch(), encoder.featureWidth())];
        EvalTransform transform = FeatureExtraction.transform(encoder.model().image());
        loader = new EvalLoader(images, transform, encoder.batch(), workers, PREFETCH);
    }

    /** Of the heap, with so many images at a time. */
    public static long bytes(int batch, Size image) {
        return (PREFETCH + 1) * 3L * Float.BYTES * batch * image.pixels();
    }

    /** Encodes the next images; false after the last. */
    public boolean next() {
        do {
            if (batch != null) {
                batch.release();
            }
            batch = loader.next();
        } while (batch != null && batch.count() == 0);
        if (batch != null) {
            encoder.features(batch.images(), rows);
        }
        return batch != null;
    }

    /** Images n of this batch, 1 or more. */
    public int count() {
        return batch.count();
    }

    /** Number of each image in the source (at least n). */
    public int[] indices() {
        return batch.indices();
    }

    /** Label of each image (at least n), −1 where unknown. */
    public int[] labels() {
        return batch.labels();
    }

    /** Features as the encoder gave them (at least n, {@link #width}); used again for the next batch. */
    public float[] rows() {
        return rows;
    }

    /** Values of an image's features. */
    public int width() {
        return encoder.featureWidth();
    }

    @Override
    public void close() {
        loader.close();
    }
}
