package attmask.eval;

import attmask.config.UserException;
import java.util.Arrays;

/**
 * Features of n images and a label for each. k-NN and clusters take normalised ones, rows of length 1, so that a dot
 * product is a cosine similarity; linear heads take them as they are.
 *
 * @param rows (n, width), row-major
 * @param labels (n), 0 or more
 */
public record Features(float[] rows, int width, int[] labels) {
    /** As PyTorch's F.normalize: a row of zeros stays zeros. */
    private static final double SMALLEST_NORM = 1e-12;

    /**
     * Normalises a copy of {@code rows}.
     *
     * @param rows (n, width), row-major
     * @throws UserException if a value is not finite, which a diverged model gives
     */
    public static Features normalised(float[] rows, int width, int[] labels) {
        requireSizes(rows.length, width, labels);
        float[] unit = rows.clone();
        for (int image = 0; image < labels.length; image++) {
            normalise(unit, image * width, width, image);
        }
        return new Features(unit, width, labels);
    }

    /**
     * Divides one row by its length.
     *
     * @param image what the message calls it
     * @throws UserException if a value is not finite
     */
    static void normalise(float[] rows, int start, int width, int image) {
        double norm = Math.max(length(rows, start, width, image), SMALLEST_NORM);
        for (int i = start; i < start + width; i++) {
            rows[i] = (float) (rows[i] / norm);
        }
    }

    /** The L2 norm of a row; a {@link UserException} if a value is not finite. */
    static double length(float[] rows, int start, int width, int image) {
        double squares = 0;
        for (int i = start; i < start + width; i++) {
            squares += (double) rows[i] * rows[i];
        }
        return length(squares, image);
    }

    /** The same from doubles; rounded to float after the division. */
    public static Features normalised(double[] rows, int width, int[] labels) {
        requireSizes(rows.length, width, labels);
        float[] unit = new float[rows.length];
        for (int start = 0; start < rows.length; start += width) {
            double squares = 0;
            for (int i = start; i < start + width; i++) {
                squares += rows[i] * rows[i];
            }
            double norm = Math.max(length(squares, start / width), SMALLEST_NORM);
            for (int i = start; i < start + width; i++) {
                unit[i] = (float) (rows[i] / norm);
            }
        }
        return new Features(unit, width, labels);
    }

    /**
     * The rows as they are.
     *
     * @throws UserException if a value is not finite, which a diverged model gives
     */
    public static Features raw(float[] rows, int width, int[] labels) {
        requireSizes(rows.length, width, labels);
        for (int image = 0; image < labels.length; image++) {
            length(rows, image * width, width, image);
        }
        return new Features(rows, width, labels);
    }

    /** Number of images. */
    public int count() {
        return labels.length;
    }

    /** One more than the largest label; 0 without images. */
    public int classes() {
        return Arrays.stream(labels).max().orElse(-1) + 1;
    }

    /** The features of the given images, in the given order. */
    public Features select(int[] images) {
        float[] chosen = new float[images.length * width];
        int[] chosenLabels = new int[images.length];
        for (int i = 0; i < images.length; i++) {
            System.arraycopy(rows, images[i] * width, chosen, i * width, width);
            chosenLabels[i] = labels[images[i]];
        }
        return new Features(chosen, width, chosenLabels);
    }

    private static double length(double squares, int image) {
        if (!Double.isFinite(squares)) {
            throw new UserException(
                    "the features of image " + image + " are not finite numbers; the model has diverged,"
                            + " use an earlier checkpoint or a lower learning rate");
        }
        return Math.sqrt(squares);
    }

    private static void requireSizes(int values, int width, int[] labels) {
        if (width <= 0 || values != (long) labels.length * width) {
            throw new IllegalArgumentException(
                    "features: " + values + " values are not " + labels.length + " rows of " + width);
        }
        for (int label : labels) {
            if (label < 0) {
                throw new IllegalArgumentException("features: label " + label + " is negative");
            }
        }
    }
}
