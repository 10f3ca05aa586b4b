package attmask.eval;

import attmask.data.ImageSource;
import attmask.data.RgbImage;
import attmask.data.UnreadableImageException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Images of 12 by 8 pixels whose every pixel is different; some cannot be read. */
record TinyImages(int size, Set<Integer> unreadable) implements ImageSource {
    @Override
    public int label(int index) {
        return index % 2;
    }

    @Override
    public String name(int index) {
        return "a, \"b\"/" + index + ".png";
    }

    @Override
    public RgbImage image(int index) throws IOException {
        if (unreadable.contains(index)) {
            throw new UnreadableImageException("torn");
        }
        byte[] rgb = new byte[3 * 12 * 8];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * (index + 3) * 37);
        }
        return new RgbImage(12, 8, rgb);
    }

    @Override
    public List<String> classes() {
        return Arrays.asList("even", "odd");
    }
}
