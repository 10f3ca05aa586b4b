package attmask.data;

/**
 * An image while it is augmented: a plane a channel, an int 0..255 a pixel, so that loops over pixels become vector
 * instructions.
 *
 * <p>Keeps its memory between images, so one instance serves one thread.
 */
final class Planes {
    static final int LEVELS = 256;
    static final int CHANNELS = 3;

    private final int[][] planes = new int[CHANNELS][0];
    private int width;
    private int height;

    /** Sets the size; all values are undefined. */
    void reshape(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        if (planes[0].length < pixels()) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                planes[channel] = new int[pixels()];
            }
        }
    }

    /** Takes a copy of an image. */
    void load(RgbImage image) {
        reshape(image.width(), image.height());
        for (int channel = 0; channel < CHANNELS; channel++) {
            int[] plane = planes[channel];
            for (int i = 0, at = channel; i < pixels(); i++, at += CHANNELS) {
                plane[i] = image.rgb()[at] & 0xFF;
            }
        }
    }

    /** Writes the image to {@code rgb[0 .. 3·pixels)}, interleaved. */
    void store(byte[] rgb) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            int[] plane = planes[channel];
            for (int i = 0, at = channel; i < pixels(); i++, at += CHANNELS) {
                rgb[at] = (byte) plane[i];
            }
        }
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    int pixels() {
        return width * height;
    }

    /** Values of a channel (0 red, 1 green, 2 blue), row by row; the array may be longer. */
    int[] plane(int channel) {
        return planes[channel];
    }
}
