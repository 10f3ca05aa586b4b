package attmask.eval;

import attmask.config.UserException;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Images clustered by the teacher's prototypes, as the argmax of their [CLS] logits.
 *
 * @param labels (n)
 * @param prototypes (n), of equal logits the first
 * @param features (n, width), of length 1: what stands before the logits in the stream; null if nothing does
 */
public record PrototypeClusters(int[] labels, int[] prototypes, Features features) {
    /**
     * Goes through all images.
     *
     * @param stream whose last {@code count} values are logits
     * @param images at most so many
     * @param progress is told the number of images done, now and then
     * @throws UserException if no image can be read or a value is not finite
     */
    public static PrototypeClusters of(FeatureStream stream, int count, int images, IntConsumer progress) {
        int width = stream.width() - count;
        float[] features = new float[Math.multiplyExact(images, width)];
        int[] labels = new int[images];
        int[] prototypes = new int[images];
        int done = 0;
        while (stream.next()) {
            for (int i = 0; i < stream.count(); i++, done++) {
                int start = i * stream.width();
                Features.length(stream.rows(), start, stream.width(), stream.indices()[i]);
                System.arraycopy(stream.rows(), start, features, done * width, width);
                prototypes[done] = argMax(stream.rows(), start + width, count);
                labels[done] = stream.labels()[i];
            }
            progress.accept(done);
        }
        if (done == 0) {
            throw new UserException("none of the " + images + " images can be read");
        }
        int[] own = Arrays.copyOf(labels, done);
        float[] rows = Arrays.copyOf(features, done * width);
        return new PrototypeClusters(
                own, Arrays.copyOf(prototypes, done), width == 0 ? null : Features.normalised(rows, width, own));
    }

    private static int argMax(float[] values, int start, int count) {
        int best = 0;
        for (int k = 1; k < count; k++) {
            if (values[start + k] > values[start + best]) {
                best = k;
            }
        }
        return best;
    }
}
