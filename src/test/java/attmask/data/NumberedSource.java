package attmask.data;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Images of 12 x 10 pixels whose grey tells their number; some cannot be read. Labels are the number modulo 3. */
record NumberedSource(int size, Set<Integer> unreadable) implements ImageSource {
    static NumberedSource of(int size, Integer... unreadable) {
        return new NumberedSource(size, Set.of(unreadable));
    }

    @Override
    public int label(int index) {
        return index % 3;
    }

    @Override
    public String name(int index) {
        return "image-" + index;
    }

    @Override
    public RgbImage image(int index) throws IOException {
        if (unreadable.contains(index)) {
            throw new UnreadableImageException("damaged");
        }
        RgbImage image = RgbImage.black(12, 10);
        for (int i = 0; i < image.rgb().length; i++) {
            image.rgb()[i] = (byte) (index + i % 7);
        }
        return image;
    }

    @Override
    public List<String> classes() {
        return List.of("a", "b", "c");
    }
}
