package attmask.ops;

/** A grid of patches, height × width. */
public record Grid(int height, int width) {
    public Grid {
        if (height <= 0 || width <= 0) {
            throw new IllegalArgumentException("a patch grid of " + height + "x" + width + " is impossible");
        }
    }

    /** Number of patch tokens. */
    public int tokens() {
        return height * width;
    }

    @Override
    public String toString() {
        return height + "x" + width;
    }
}
