package attmask.config;

/** Height and width in pixels. */
public record Size(int height, int width) {
    public Size {
        Check.positive("image height", height);
        Check.positive("image width", width);
    }

    public static Size square(int side) {
        return new Size(side, side);
    }

    @Override
    public String toString() {
        return height == width ? Integer.toString(height) : height + "x" + width;
    }
}
