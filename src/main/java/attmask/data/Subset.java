package attmask.data;

import attmask.random.RandomStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Some images of another source, in its order. */
public final class Subset implements ImageSource {
    /** 7 % of 100 is 7.000000000000001 in floating point, and means 7. */
    private static final double ROUNDING = 1e-9;

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
        return of(source, label -> count);
    }

    /**
     * The first {@code percent} of each class, rounded up to whole images, so that every class stays and a smaller
     * share lies within a larger one; of an unlabelled source the first {@code percent} of all.
     */
    public static Subset shareOfEachClass(ImageSource source, double percent) {
        if (!(percent > 0 && percent <= 100)) {
            throw new IllegalArgumentException("subset of " + percent + " % of each class");
        }
        Map<Integer, Integer> sizes = new HashMap<>();
        IntStream.range(0, source.size()).forEach(index -> sizes.merge(source.label(index), 1, Integer::sum));
        return of(source, label -> (int) Math.ceil(sizes.get(label) * percent / 100 - ROUNDING));
    }

    /** @param most images of a label */
    private static Subset of(ImageSource source, IntUnaryOperator most) {
        Map<Integer, Integer> taken = new HashMap<>();
        int[] indices = IntStream.range(0, source.size())
                .filter(index ->
                        taken.merge(source.label(index), 1, Integer::sum) <= most.applyAsInt(source.label(index)))
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
    public boolean decodes() {
        return source.decodes();
    }

    @Override
    public List<String> classes() {
        return source.classes();
    }
}
