package attmask.ops;

import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.List;

/**
 * Crops of 8-bit images as a training step sees them. Each is cut out and resized (bicubic, antialiased), mirrored,
 * changed in its colours, greyed, blurred, solarised and normalised, in this order; all but the last is integer
 * arithmetic to the bit as Pillow does it, so that backends differ by the rounding of the normalised values at most.
 * Images are data, so there is no backward.
 *
 * <p>Shapes: crops (N, 3, h, w), real; images (any), bytes of RGB pixels, row by row, at each image's offset.
 */
public abstract class Augment {
    /** Values of this or more are inverted by solarisation. */
    public static final int SOLARISE_FROM = 128;

    /** Mean and deviation of ImageNet's channels, of values 0 to 1. */
    private static final double[] MEAN = {0.485, 0.456, 0.406};

    private static final double[] DEVIATION = {0.229, 0.224, 0.225};

    /** At most this many changes of colour. */
    public static final int MOST_CHANGES = 4;

    /** What is done to colours. */
    public enum Change {
        /** Blend with black: factor 0 gives black, 1 leaves all as it is. */
        BRIGHTNESS,
        /** Blend with the crop's mean grey. */
        CONTRAST,
        /** Blend of each pixel with its own grey. */
        SATURATION,
        /** Turn of the colour circle through 8-bit HSV; 1 is a full one. */
        HUE
    }

    /**
     * A change by so much.
     *
     * @param amount a factor, 0 or more; of HUE the turn, -0.5..0.5
     */
    public record Colour(Change change, double amount) {
        public Colour {
            boolean known = change == Change.HUE ? Math.abs(amount) <= 0.5 : amount >= 0 && amount <= Float.MAX_VALUE;
            if (!known) {
                throw new IllegalArgumentException("augment: " + change + " by " + amount + " is out of range");
            }
        }

        /** Steps of the 8-bit hue, 0..255. */
        public int hueSteps() {
            return (int) (amount * 255) & 0xFF;
        }
    }

    /**
     * An image among the bytes.
     *
     * @param offset of its first byte
     */
    public record Image(long offset, int width, int height) {
        /** The offset after its last byte. */
        public long end() {
            return offset + 3L * width * height;
        }
    }

    /**
     * A crop.
     *
     * @param row of the crops that it becomes; no two crops become one row
     * @param left the part of the image that is cut out, in pixels
     * @param colours the changes in their order, each kind at most once
     * @param blur standard deviation in pixels of a Gaussian, three boxes after each other; 0 for none
     */
    public record Crop(
            int row,
            Image image,
            int left,
            int top,
            int width,
            int height,
            boolean flip,
            List<Colour> colours,
            boolean grey,
            double blur,
            boolean solarise) {
        private static final double LARGEST_BLUR = 1000;

        public Crop {
            boolean inside = image.offset >= 0
                    && left >= 0
                    && top >= 0
                    && width > 0
                    && height > 0
                    && width <= image.width - left
                    && height <= image.height - top;
            if (!inside) {
                throw new IllegalArgumentException("augment: crop of " + width + "x" + height + " at " + left + ","
                        + top + " leaves the " + image);
            }
            if (colours.stream().map(Colour::change).distinct().count() < colours.size()) {
                throw new IllegalArgumentException("augment: a change of colour comes twice in " + colours);
            }
            if (!(blur >= 0 && blur < LARGEST_BLUR)) {
                throw new IllegalArgumentException("augment: blur " + blur + " is not in 0.." + LARGEST_BLUR);
            }
        }
    }

    /** crops[crop.row] ← each crop of {@code list}; other rows are left alone. */
    public final void forward(Tensor crops, Tensor images, List<Crop> list) {
        String op = "augment.forward";
        Require.that(
                crops.shape().rank() == 4 && crops.dim(1) == 3 && crops.dim(2) > 0 && crops.dim(3) > 0,
                op,
                "crops has shape " + crops.shape() + ", needs (N, 3, h, w)");
        Require.that(
                crops.type() == DType.F32 || crops.type() == DType.F64,
                op,
                "crops is " + crops.type() + ", needs real");
        Require.type(op, "images", images, DType.U8);
        for (Crop crop : list) {
            Require.that(
                    crop.row >= 0 && crop.row < crops.dim(0),
                    op,
                    "there is no row " + crop.row + " in " + crops.shape());
            Require.that(crop.image.end() <= images.count(), op, crop.image + " ends after images " + images.shape());
        }
        if (!list.isEmpty()) {
            computeForward(crops, images, list);
        }
    }

    /** What value 0..255 of a channel becomes: (value/255 - mean) / deviation. */
    public static double normalised(int channel, int value) {
        return (value / 255.0 - MEAN[channel]) / DEVIATION[channel];
    }

    /** The value, 0 to 255 where it is in range, that {@link #normalised} made this of. */
    public static double restored(int channel, double normalised) {
        return (normalised * DEVIATION[channel] + MEAN[channel]) * 255;
    }

    /**
     * Bytes that {@link #forward} takes beside its tensors and keeps for the next call; none where the threads' own
     * scratch is enough.
     *
     * @param crops of one call
     * @param height of the crops
     * @param largestSide of the images, in pixels
     */
    public long workBytes(int crops, int height, int width, int largestSide) {
        return 0;
    }

    protected abstract void computeForward(Tensor crops, Tensor images, List<Crop> list);
}
