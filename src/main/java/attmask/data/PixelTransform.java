package attmask.data;

/** Greyscale and solarisation in place, to the bit as Pillow's convert and ImageOps compute them. */
final class PixelTransform {
    private static final int LARGEST = Planes.LEVELS - 1;

    private PixelTransform() {}

    /** Each pixel's three channels become its luminance: ITU-R 601-2 in 16-bit fixed point. */
    static void greyscale(Planes image) {
        int[] red = image.plane(0);
        int[] green = image.plane(1);
        int[] blue = image.plane(2);
        for (int i = 0; i < image.pixels(); i++) {
            int grey = (19595 * red[i] + 38470 * green[i] + 7471 * blue[i] + 0x8000) >> 16;
            red[i] = grey;
            green[i] = grey;
            blue[i] = grey;
        }
    }

    /** Inverts every value of {@code threshold} or more. */
    static void solarise(Planes image, int threshold) {
        for (int channel = 0; channel < Planes.CHANNELS; channel++) {
            int[] plane = image.plane(channel);
            for (int i = 0; i < image.pixels(); i++) {
                int below = plane[i] - threshold >> 31;
                plane[i] ^= LARGEST & ~below;
            }
        }
    }
}
