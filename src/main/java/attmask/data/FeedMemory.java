package attmask.data;

import java.io.IOException;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What a {@link CropFeed} takes, in bytes.
 *
 * @param device where the crops are made, if not by the threads that load images
 * @param host in pieces of host memory that the device reads, if it is not the host
 * @param heap in batches that are made ahead
 */
public record FeedMemory(long device, long host, long heap) {
    /** Images that are looked at. */
    private static final int SAMPLES = 8;

    /**
     * Sizes of decoded images.
     *
     * @param mean of the images that lie evenly among all
     * @param largest of these; 0 if none of them can be read
     */
    public record Sample(double mean, int largest) {
        /** Decodes a few images. */
        public static Sample of(ImageSource images) {
            int samples = Math.min(SAMPLES, images.size());
            int[] bytes = IntStream.range(0, samples)
                    .map(i -> (int) ((long) i * images.size() / samples))
                    .mapToObj(index -> bytes(images, index))
                    .flatMapToInt(OptionalInt::stream)
                    .toArray();
            return new Sample(
                    IntStream.of(bytes).average().orElse(0),
                    IntStream.of(bytes).max().orElse(0));
        }

        /** Whoever loads the image will say why it cannot be read. */
        private static OptionalInt bytes(ImageSource images, int index) {
            try {
                return OptionalInt.of(images.image(index).rgb().length);
            } catch (IOException e) {
                return OptionalInt.empty();
            }
        }
    }
}
