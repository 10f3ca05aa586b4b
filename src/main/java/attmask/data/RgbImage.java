package attmask.data;

/**
 * An 8-bit RGB image, row by row, three bytes per pixel (interleaved). The array is shared, not copied: treat it as
 * read-only.
 *
 * @param width pixels per row, at least 1
 * @param height rows, at least 1
 * @param rgb height × width × 3 unsigned bytes
 */
public record RgbImage(int width, int height, byte[] rgb) {
    /** @throws IllegalArgumentException when the array's length is not height × width × 3 */
    public RgbImage {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    "image of " + width + "x" + height + " pixels with " + rgb.length + " bytes");
        }
    }

    /** A black image. */
    public static RgbImage black(int width, int height) {
        return new RgbImage(width, height, new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))]);
    }

    /** Value 0..255 of a channel (0 red, 1 green, 2 blue). */
    public int get(int x, int y, int channel) {
        return rgb[(y * width + x) * 3 + channel] & 0xFF;
    }
}
