package attmask.data;

/**
 * Size of a crop as the model sees it, in pixels.
 *
 * @param height rows, at least 1
 * @param width pixels per row, at least 1
 */
public record CropSize(int height, int width) {
    /** @throws IllegalArgumentException when a side is under 1 or the crop has more than 2^27 pixels */
    public CropSize {
        if (height < 1 || width < 1 || (long) height * width > 1 << 27) {
            throw new IllegalArgumentException("crop of height " + height + " and width " + width);
        }
    }

    /** A square crop. */
    public static CropSize square(int side) {
        return new CropSize(side, side);
    }

    /** Number of pixels. */
    public int pixels() {
        return height * width;
    }

    @Override
    public String toString() {
        return height + "x" + width;
    }
}
