package attmask.data;

import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** An image file of one format, with its markers, metadata and orientation. */
public final class ImageFuzz implements FuzzTarget {
    /** Fewer than by default, so that a reader that does not keep to them is seen by what it takes. */
    private static final long MOST_PIXELS = 1 << 16;

    private final String[] seeds;

    /** @param seeds names of resources */
    public ImageFuzz(String... seeds) {
        this.seeds = seeds.clone();
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        return Seeds.resources("/attmask/data/", seeds);
    }

    @Override
    public void read(byte[] input, Path folder) throws Exception {
        RgbImage image = ImageDecoder.decode(input, MOST_PIXELS);
        if (image.rgb().length != 3L * image.width() * image.height()) {
            throw new AssertionError("an image of another size");
        }
    }

    @Override
    public Set<Class<? extends Exception>> refusals() {
        return Set.of(UnreadableImageException.class);
    }
}
