package attmask.data;

import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An image file of one format, with its markers, metadata and orientation. */
public final class ImageFuzz implements FuzzTarget {
    /** Fewer than by default, so that a reader that does not keep to them is seen by what it takes. */
    private static final long MOST_PIXELS = 1 << 16;

    private static final Map<String, String[]> SEEDS = Map.of(
            "jpg",
                    new String[] {
                        "grey.jpg", "progressive.jpg", "cmyk.jpg", "ycck.jpg", "profile.jpg", "orientation6.jpg"
                    },
            "png",
                    new String[] {
                        "rgb.png", "rgb16.png", "palette.png", "interlaced.png", "grey-alpha.png", "one-bit.png"
                    },
            "bmp", new String[] {"rgb.bmp", "palette.bmp", "grey.bmp", "rgba.bmp"},
            "webp", new String[] {"lossy.webp", "lossless.webp", "lossy-alpha.webp", "lossless-alpha.webp"});

    private final String format;

    /** @param format jpg, png, bmp or webp */
    public ImageFuzz(String format) {
        this.format = format;
    }

    @Override
    public String name() {
        return format;
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        return Seeds.resources("/attmask/data/", SEEDS.get(format));
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
