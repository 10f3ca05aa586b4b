package attmask.data;

import attmask.random.RandomStream;
import java.io.IOException;
import java.util.Arrays;
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

    /** At most {@code count} images drawn by {@code seed}, which suits sorted classes and interleaved ones alike. */
    public static Subset drawn(ImageSource source, int count, long seed) {
        int[] order = new RandomStream(seed, RandomStream.Purpose.SHUFFLE, 0, 0).permutation(source.size());
        return new Subset(source, Arrays.stream(order).limit(count).sorted().toArray());
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
