package attmask.data;

/**
 * An image while it is augmented: a plane a channel, an int 0..255 a pixel, so that loops over pixels become vector
 * instructions; and a tone curve, 256 values, that all its values still have to go through. Changes of single values
 * only change the curve; a step that mixes channels or pixels looks values up in it and resets it.
 *
 * <p>Keeps its memory between images, so one instance serves one thread.
 */
final class Planes {
    static final int LEVELS = 256;
    static final int CHANNELS = 3;

    private final int[][] planes = new int[CHANNELS][0];
    private final int[] curve = new int[LEVELS];
    private int width;
    private int height;

    /** Sets the size; all values are undefined and the curve leaves them as they are. */
    void reshape(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        resetCurve();
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
                rgb[at] = (byte) curve[plane[i]];
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

    /** Values of a channel (0 red, 1 green, 2 blue) before the curve, row by row; the array may be longer. */
    int[] plane(int channel) {
        return planes[channel];
    }

    /** What each value 0..255 stands for. */
    int[] curve() {
        return curve;
    }

    /** The values are final again. */
    void resetCurve() {
        for (int value = 0; value < LEVELS; value++) {
            curve[value] = value;
        }
    }
}
