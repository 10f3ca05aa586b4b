package attmask.eval;

import attmask.config.Size;
import attmask.config.UserException;
import attmask.data.EvalBatch;
import attmask.data.EvalLoader;
import attmask.data.EvalTransform;
import attmask.data.ReadableImages;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** Features of every readable image of a source, in its order. */
public final class FeatureExtraction {
    /** Below this size the whole image is used; the published 256-to-224 crop would cut into objects of a few pixels. */
    private static final int SMALLEST_CROPPED = 96;

    private static final int PREFETCH = 2;

    private FeatureExtraction() {}

    /** Resize of the shorter side and centre crop: 8/7 of the crop as published (256 to 224), 1 for small images. */
    public static EvalTransform transform(Size image) {
        int shorter = Math.min(image.height(), image.width());
        int longer = Math.max(image.height(), image.width());
        int resize = shorter < SMALLEST_CROPPED ? longer : (longer * 8 + 3) / 7;
        return new EvalTransform(resize, image);
    }

    /**
     * Encodes all images; features have length 1.
     *
     * @param progress is told the number of images done, now and then
     * @throws UserException if a feature is not finite, or there are more than an array holds
     */
    public static Features of(Encoder encoder, ReadableImages images, int workers, IntConsumer progress) {
        Features raw = raw(encoder, images, workers, progress);
        return Features.normalised(raw.rows(), raw.width(), raw.labels());
    }

    /** The same with features as the encoder gives them, which is what linear heads are trained on. */
    public static Features raw(Encoder encoder, ReadableImages images, int workers, IntConsumer progress) {
        int width = encoder.featureWidth();
        int size = images.source().size();
        if ((long) size * width > Integer.MAX_VALUE - 8) {
            throw new UserException(size + " images of " + width + " features are more than an array holds;"
                    + " take fewer images (--subset) or fewer blocks");
        }
        float[] rows = new float[size * width];
        int[] labels = new int[size];
        float[] chunk = new float[encoder.batch() * width];
        int done = 0;
        EvalTransform transform = transform(encoder.model().image());
        try (EvalLoader loader = new EvalLoader(images, transform, encoder.batch(), workers, PREFETCH)) {
            for (EvalBatch batch = loader.next(); batch != null; batch = loader.next()) {
                encoder.features(batch.images(), chunk);
                System.arraycopy(chunk, 0, rows, done * width, batch.count() * width);
                System.arraycopy(batch.labels(), 0, labels, done, batch.count());
                done += batch.count();
                batch.release();
                progress.accept(done);
            }
        }
        return Features.raw(Arrays.copyOf(rows, done * width), width, Arrays.copyOf(labels, done));
    }
}
