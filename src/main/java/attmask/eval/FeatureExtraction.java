package attmask.eval;

import attmask.config.Size;
import attmask.config.UserException;
import attmask.data.EvalTransform;
import attmask.data.ReadableImages;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** Features of every readable image of a source, in its order. */
public final class FeatureExtraction {
    /** Below this size the whole image is used; the published 256-to-224 crop would cut into objects of a few pixels. */
    private static final int SMALLEST_CROPPED = 96;

    /** What every JVM can allocate. */
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private FeatureExtraction() {}

    /** Resize of the shorter side and centre crop: 8/7 of the crop as published (256 to 224), 1 for small images. */
    public static EvalTransform transform(Size image) {
        int shorter = Math.min(image.height(), image.width());
        int resize = shorter < SMALLEST_CROPPED ? shorter : (shorter * 8 + 3) / 7;
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
        if ((long) size * width > LARGEST_ARRAY) {
            throw new UserException(
                    size + " images of " + width
                            + " features are more than an array holds; take fewer images (--subset) or fewer blocks (--blocks)");
        }
        float[] rows = new float[size * width];
        int[] labels = new int[size];
        int done = 0;
        try (FeatureStream stream = new FeatureStream(encoder, images, workers)) {
            while (stream.next()) {
                System.arraycopy(stream.rows(), 0, rows, done * width, stream.count() * width);
                System.arraycopy(stream.labels(), 0, labels, done, stream.count());
                done += stream.count();
                progress.accept(done);
            }
        }
        return Features.raw(Arrays.copyOf(rows, done * width), width, Arrays.copyOf(labels, done));
    }
}
