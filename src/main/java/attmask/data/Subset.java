package attmask.data;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Some images of another source, in its order. */
public final class Subset implements ImageSource {
    private final ImageSource source;
    private final int[] indices;

    private Subset(ImageSource source, int[] indices) {
        this.source = source;
        this.indices = indices;
    }

    /**
     * The first {@code count} images of each class, as the paper's 20 % of ImageNet (260 of each class); of an
     * unlabelled source its first {@code count} images.
     */
    public static Subset firstOfEachClass(ImageSource source, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("subset of " + count + " images per class");
        }
        Map<Integer, Integer> taken = new HashMap<>();
        int[] indices = IntStream.range(0, source.size())
                .filter(index -> taken.merge(source.label(index), 1, Integer::sum) <= count)
                .toArray();
        return new Subset(source, indices);
    }

    /** At most {@code count} images, spread evenly over the source, so that every class has its share. */
    public static Subset spread(ImageSource source, int count) {
        int size = source.size();
        int taken = Math.min(size, count);
        return new Subset(
                source,
                IntStream.range(0, taken)
                        .map(i -> (int) ((long) i * size / taken))
                        .toArray());
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public int label(int index) {
        return source.label(indices[index]);
    }

    @Override
    public String name(int index) {
        return source.name(indices[index]);
    }

    @Override
    public RgbImage image(int index) throws IOException {
        return source.image(indices[index]);
    }

    @Override
    public List<String> classes() {
        return source.classes();
    }
}
