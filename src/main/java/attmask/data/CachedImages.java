package attmask.data;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Keeps decoded images of another source until a budget of bytes is spent; what does not fit is decoded every time.
 * Nothing is evicted: an epoch visits every image once, so no image deserves its place more than another.
 */
public final class CachedImages implements ImageSource {
    /** Object headers and the like, per image. */
    private static final int OVERHEAD = 64;

    private final ImageSource source;
    private final AtomicLong budget;
    private final AtomicReferenceArray<RgbImage> images;

    /**
     * @param source whose images are kept
     * @param budget bytes still to spend; may be shared by several caches
     */
    public CachedImages(ImageSource source, AtomicLong budget) {
        this.source = source;
        this.budget = budget;
        this.images = new AtomicReferenceArray<>(source.size());
    }

    @Override
    public RgbImage image(int index) throws IOException {
        RgbImage kept = images.get(index);
        if (kept != null) {
            return kept;
        }
        RgbImage image = source.image(index);
        long cost = image.rgb().length + OVERHEAD;
        if (budget.addAndGet(-cost) < 0 || !images.compareAndSet(index, null, image)) {
            budget.addAndGet(cost);
        }
        return image;
    }

    @Override
    public int size() {
        return source.size();
    }

    @Override
    public int label(int index) {
        return source.label(index);
    }

    @Override
    public String name(int index) {
        return source.name(index);
    }

    @Override
    public List<String> classes() {
        return source.classes();
    }
}
