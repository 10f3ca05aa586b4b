package attmask.ops;

/**
 * Which images of a step are computed at once: all of them, or one of several parts of equal size, whose gradients add up
 * to those of the whole. What is drawn for an image goes by its place in the whole batch, so it is the same in any parts.
 *
 * @param index of the part, from 0
 * @param parts of the step
 * @param images of the part, B over the parts
 */
public record MicroBatch(int index, int parts, int images) {
    /** All images of a step, however many. */
    public static final MicroBatch WHOLE = new MicroBatch(0, 1, Integer.MAX_VALUE);

    public MicroBatch {
        if (index < 0 || index >= parts || images < 1) {
            throw new IllegalArgumentException("part " + index + " of " + parts + ", of " + images + " images");
        }
    }

    /** Place among the whole batch's crops, crop by crop, of row {@code row} of this part's; ascending. */
    public int place(int row) {
        return row / images * batch() + first() + row % images;
    }

    /** Place of the part's first image. */
    public int first() {
        return index * images;
    }

    /** B, images of the whole step. */
    public int batch() {
        return parts * images;
    }
}
