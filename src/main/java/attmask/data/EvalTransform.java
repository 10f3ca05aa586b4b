package attmask.data;

import attmask.config.Size;

/**
 * The evaluation transform: resize so that the shorter side has {@code resize} pixels, then crop the centre.
 *
 * <p>For a crop that is not square, {@code resize} belongs to its shorter side, and the image is resized to cover a
 * rectangle of the crop's shape.
 *
 * @param resize pixels of the shorter side before cropping, at least the crop's shorter side
 * @param crop what is cut from the centre
 */
public record EvalTransform(int resize, Size crop) {
    /** Resize to 256, crop 224: the published evaluation on ImageNet. */
    public static final EvalTransform PUBLISHED = new EvalTransform(256, Size.square(224));

    /** @throws IllegalArgumentException when the crop does not fit into the resized image */
    public EvalTransform {
        if (resize < Math.min(crop.height(), crop.width())) {
            throw new IllegalArgumentException("evaluation resize " + resize + " is smaller than its crop " + crop);
        }
    }

    /** Transforms {@code image}; the result, of the size of the crop, goes to {@code target}. */
    void apply(RgbImage image, BicubicResampler resampler, Planes target) {
        int shorter = Math.min(crop.height(), crop.width());
        int coverHeight = Math.max(crop.height(), (int) Math.round((double) crop.height() * resize / shorter));
        int coverWidth = Math.max(crop.width(), (int) Math.round((double) crop.width() * resize / shorter));
        int width = coverWidth;
        int height = coverHeight;
        if ((long) image.width() * coverHeight >= (long) image.height() * coverWidth) {
            width = (int) ((long) coverHeight * image.width() / image.height());
        } else {
            height = (int) ((long) coverWidth * image.height() / image.width());
        }
        // Halves round to even, as torchvision's CenterCrop does.
        int left = (int) Math.rint((width - crop.width()) / 2.0);
        int top = (int) Math.rint((height - crop.height()) / 2.0);
        var window = new BicubicResampler.Box(left, top, crop.width(), crop.height());
        resampler.resize(image, BicubicResampler.Box.all(image), width, height, window, false, target);
    }
}
