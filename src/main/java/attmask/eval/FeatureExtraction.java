package attmask.eval;

import attmask.config.Size;
import attmask.data.EvalTransform;
import attmask.data.ReadableImages;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** Features of every readable image of a source, in its order. */
public final class FeatureExtraction {
    /** Below this size the whole image is used; the published 256-to-224 crop would cut into objects of a few pixels. */
    private static final int SMALLEST_CROPPED = 96;

    private FeatureExtraction() {}

    /** Resize of the shorter side and centre crop: 8/7 of the crop as published (256 to 224), 1 for small images. */
    public static EvalTransform transform(Size image) {
        int shorter = Math.min(image.height(), image.width());
        int longer = Math.max(image.height(), image.width());
        int resize = shorter < SMALLEST_CROPPED ? longer : (longer * 8 + 3) / 7;
        return new EvalTransform(resize, image);
    }

    /**
     * Encodes all images.
     *
     * @param progress is told the number of images done, now and then
     * @throws attmask.config.UserException if a feature is not finite
     */
    public static Features of(Encoder encoder, ReadableImages images, int workers, IntConsumer progress) {
        int width = encoder.featureWidth();
        int size = images.source().size();
        float[] rows = new float[Math.multiplyExact(size, width)];
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
        return Features.normalised(Arrays.copyOf(rows, done * width), width, Arrays.copyOf(labels, done));
    }
}
