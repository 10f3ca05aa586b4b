package attmask.data;

import attmask.config.Size;
import attmask.data.BicubicResampler.Box;
import attmask.ops.Augment.Change;
import attmask.ops.Augment.Colour;
import java.util.List;
import java.util.function.Consumer;

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
        var box = new Box(left, top, width, height);
        Planes planes = new Planes();
        new BicubicResampler().resize(image, box, size.width(), size.height(), planes);
        return image(planes);
    }

    /** Mirror image, left to right: a resize to the same size, in reverse order. */
    public static RgbImage flip(RgbImage image) {
        Box all = Box.all(image);
        Planes planes = new Planes();
        new BicubicResampler().resize(image, all, image.width(), image.height(), all, true, planes);
        return image(planes);
    }

    /** Factor 0 gives black, 1 the image. */
    public static RgbImage brightness(RgbImage image, double factor) {
        return coloured(image, Change.BRIGHTNESS, factor);
    }

    /** Factor 0 gives the image's mean grey, 1 the image. */
    public static RgbImage contrast(RgbImage image, double factor) {
        return coloured(image, Change.CONTRAST, factor);
    }

    /** Factor 0 gives a grey image, 1 the image. */
    public static RgbImage saturation(RgbImage image, double factor) {
        return coloured(image, Change.SATURATION, factor);
    }

    /**
     * Turns the colour circle by {@code turn}, -0.5..0.5; through 8-bit HSV, so even 0 changes some values slightly.
     */
    public static RgbImage hue(RgbImage image, double turn) {
        return coloured(image, Change.HUE, turn);
    }

    /** Luminance in all three channels. */
    public static RgbImage greyscale(RgbImage image) {
        return changed(image, PixelTransform::greyscale);
    }

    /** Inverts all values of {@code threshold} or more. */
    public static RgbImage solarise(RgbImage image, int threshold) {
        return changed(image, planes -> PixelTransform.solarise(planes, threshold));
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
        return changed(image, planes -> new GaussianBlur().blur(planes, (float) radius));
    }

    /** Resize of the shorter side, then centre crop. */
    public static RgbImage evaluation(RgbImage image, EvalTransform transform) {
        Planes planes = new Planes();
        transform.apply(image, new BicubicResampler(), planes);
        return image(planes);
    }

    /** The model's input (3, height, width), normalised with ImageNet's mean and standard deviation. */
    public static float[] normalise(RgbImage image) {
        Planes planes = new Planes();
        planes.load(image);
        float[] values = new float[image.rgb().length];
        Normaliser.store(planes, values, 0);
        return values;
    }

    private static RgbImage coloured(RgbImage image, Change change, double amount) {
        List<Colour> changes = List.of(new Colour(change, amount));
        return changed(image, planes -> new ColorJitter().apply(changes, planes));
    }

    private static RgbImage changed(RgbImage image, Consumer<Planes> change) {
        Planes planes = new Planes();
        planes.load(image);
        change.accept(planes);
        return image(planes);
    }

    private static RgbImage image(Planes planes) {
        RgbImage image = RgbImage.black(planes.width(), planes.height());
        planes.store(image.rgb());
        return image;
    }
}
