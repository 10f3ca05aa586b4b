package attmask.data;

import attmask.config.Size;

/**
 * Each deterministic part of the augmentation as a pure function with Pillow's semantics. The loaders run the same
 * kernels in place on buffers that they keep; these are the forms to test and to use for single images.
 */
public final class Augmentation {
    private Augmentation() {}

    /**
     * Bicubic antialiased resize of a part of the image. Pixels outside the part have no influence.
     *
     * @param left first column of the part, and so on: it must lie inside the image
     * @param size of the result
     */
    public static RgbImage resizedCrop(RgbImage image, int left, int top, int width, int height, Size size) {
        boolean inside = left >= 0
                && top >= 0
                && width > 0
                && height > 0
                && width <= image.width() - left
                && height <= image.height() - top;
        if (!inside) {
            throw new IllegalArgumentException("crop of " + width + "x" + height + " at " + left + "," + top
                    + " leaves the image of " + image.width() + "x" + image.height());
        }
        RgbImage result = RgbImage.black(size.width(), size.height());
        var box = new BicubicResampler.Box(left, top, width, height);
        new BicubicResampler().resize(image, box, size.width(), size.height(), result.rgb());
        return result;
    }

    /** Mirror image, left to right. */
    public static RgbImage flip(RgbImage image) {
        RgbImage result = copy(image);
        PixelTransform.flip(result.rgb(), image.width(), image.height());
        return result;
    }

    /** Factor 0 gives black, 1 the image. */
    public static RgbImage brightness(RgbImage image, double factor) {
        RgbImage result = copy(image);
        PixelTransform.brightness(result.rgb(), result.rgb().length, (float) factor);
        return result;
    }

    /** Factor 0 gives the image's mean grey, 1 the image. */
    public static RgbImage contrast(RgbImage image, double factor) {
        RgbImage result = copy(image);
        PixelTransform.contrast(result.rgb(), result.rgb().length, (float) factor);
        return result;
    }

    /** Factor 0 gives a grey image, 1 the image. */
    public static RgbImage saturation(RgbImage image, double factor) {
        RgbImage result = copy(image);
        PixelTransform.saturation(result.rgb(), result.rgb().length, (float) factor);
        return result;
    }

    /**
     * Turns the colour circle by {@code turn}, -0.5..0.5; through 8-bit HSV, so even 0 changes some values slightly.
     */
    public static RgbImage hue(RgbImage image, double turn) {
        RgbImage result = copy(image);
        PixelTransform.hue(result.rgb(), result.rgb().length, turn);
        return result;
    }

    /** Luminance in all three channels. */
    public static RgbImage greyscale(RgbImage image) {
        RgbImage result = copy(image);
        PixelTransform.greyscale(result.rgb(), result.rgb().length);
        return result;
    }

    /** Inverts all values of {@code threshold} or more. */
    public static RgbImage solarise(RgbImage image, int threshold) {
        RgbImage result = copy(image);
        PixelTransform.solarise(result.rgb(), result.rgb().length, threshold);
        return result;
    }

    /**
     * Pillow's GaussianBlur.
     *
     * @param radius standard deviation in pixels, 0 or more
     */
    public static RgbImage gaussianBlur(RgbImage image, double radius) {
        if (!(radius >= 0 && radius < 1000)) {
            throw new IllegalArgumentException("blur radius " + radius + " is not in 0..1000");
        }
        RgbImage result = copy(image);
        new GaussianBlur().blur(result.rgb(), image.width(), image.height(), (float) radius);
        return result;
    }

    /** Resize of the shorter side, then centre crop. */
    public static RgbImage evaluation(RgbImage image, EvalTransform transform) {
        RgbImage result =
                RgbImage.black(transform.crop().width(), transform.crop().height());
        transform.apply(image, new BicubicResampler(), result.rgb());
        return result;
    }

    /** The model's input (3, height, width), normalised with ImageNet's mean and standard deviation. */
    public static float[] normalise(RgbImage image) {
        float[] planes = new float[image.rgb().length];
        Normaliser.store(image.rgb(), planes.length / 3, planes, 0);
        return planes;
    }

    private static RgbImage copy(RgbImage image) {
        return new RgbImage(image.width(), image.height(), image.rgb().clone());
    }
}
