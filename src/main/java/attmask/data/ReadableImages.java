package attmask.data;

import attmask.config.UserException;
import attmask.file.Untrusted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Access to a source some of whose images may be unreadable: each such image is reported once, and training takes the
 * next readable one in its place, so that neither the order nor the length of an epoch changes. Thread-safe.
 */
public final class ReadableImages {
    /** So many unreadable images are remembered by name; all are counted. */
    public static final int MAX_NAMES = 100;

    private final ImageSource source;
    private final Consumer<String> listener;
    private final BitSet unreadable = new BitSet();
    private final List<String> names = new ArrayList<>();

    /**
     * @param listener gets one line, "NAME: REASON", for each of the first {@link #MAX_NAMES} unreadable images, from whichever thread met it
     */
    public ReadableImages(ImageSource source, Consumer<String> listener) {
        this.source = source;
        this.listener = listener;
    }

    /** Without a listener: {@link #unreadableNames} tells afterwards. */
    public ReadableImages(ImageSource source) {
        this(source, line -> {});
    }

    /**
     * An image and where it was found.
     *
     * @param index the number asked for, or that of its substitute
     */
    public record Found(int index, RgbImage image) {}

    /** The underlying source. */
    public ImageSource source() {
        return source;
    }

    /**
     * Image {@code index}, or the next readable one after it (from the last on to the first).
     *
     * @throws UserException when no image at all is readable
     */
    public Found imageOrNext(int index) {
        int size = source.size();
        for (int tried = 0; tried < size; tried++) {
            int candidate = (int) ((index + (long) tried) % size);
            Optional<RgbImage> image = tryImage(candidate);
            if (image.isPresent()) {
                return new Found(candidate, image.get());
            }
        }
        throw new UserException(
                "none of the " + size + " images can be read; the first is " + firstUnreadable() + ": check the files");
    }

    /** Image {@code index}, or empty when it is unreadable: evaluations leave it out. */
    public Optional<RgbImage> tryImage(int index) {
        if (isUnreadable(index)) {
            return Optional.empty();
        }
        try {
            return Optional.of(source.image(index));
        } catch (IOException e) {
            report(index, reason(e));
            return Optional.empty();
        }
    }

    private static String reason(IOException e) {
        String message =
                e.getMessage() == null ? "" : e.getMessage().lines().findFirst().orElse("");
        return e instanceof UnreadableImageException ? message : e.getClass().getSimpleName() + " " + message;
    }

    private synchronized boolean isUnreadable(int index) {
        return unreadable.get(index);
    }

    private void report(int index, String reason) {
        // File names may hold what terminals obey.
        String line = UserException.plain(Untrusted.shown(source.name(index)) + ": " + reason);
        synchronized (this) {
            if (unreadable.get(index)) {
                return;
            }
            unreadable.set(index);
            if (unreadable.cardinality() > MAX_NAMES) {
                return;
            }
            names.add(line);
            if (names.size() == MAX_NAMES) {
                line += " (more are counted, not named)";
            }
        }
        listener.accept(line);
    }

    private synchronized String firstUnreadable() {
        return names.isEmpty() ? "unknown" : names.get(0);
    }

    /** Number of unreadable images met so far. */
    public synchronized int unreadableCount() {
        return unreadable.cardinality();
    }

    /** The first {@link #MAX_NAMES} unreadable images met, each as "NAME: REASON", in the order of meeting. */
    public synchronized List<String> unreadableNames() {
        return List.copyOf(names);
    }
}
