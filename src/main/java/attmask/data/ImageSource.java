package attmask.data;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A numbered list of images with optional labels. Implementations are thread-safe and always give the same order. */
public interface ImageSource {
    /** Label of an image of unknown class. */
    int UNLABELLED = -1;

    /** Number of images. */
    int size();

    /** Class of image {@code index}: 0 ≤ label &lt; classes().size(), or {@link #UNLABELLED}. */
    int label(int index);

    /** What to call image {@code index} in messages, for instance its path inside the data folder. */
    String name(int index);

    /**
     * Decodes image {@code index}.
     *
     * @throws IOException when it cannot be read whole; the message gives the reason
     */
    RgbImage image(int index) throws IOException;

    /**
     * The bytes of image {@code index}'s file as they are, for packing; empty when it does not lie in a file of its own.
     *
     * @throws IOException when they cannot be read
     */
    default Optional<byte[]> file(int index) throws IOException {
        return Optional.empty();
    }

    /** Whether {@link #image} takes time that keeping its result would save. */
    default boolean decodes() {
        return true;
    }

    /** Class names in the order of the labels; empty when the images are unlabelled. */
    List<String> classes();

    /** Whether the images carry labels. */
    default boolean labelled() {
        return !classes().isEmpty();
    }
}
