package attmask.data;

import attmask.config.Range;
import attmask.ops.Augment;
import attmask.random.RandomStream;
import java.util.List;

/**
 * The random choices for one crop.
 *
 * @param box the part of the image that is cut out
 * @param jitter colour factors, or null for none
 * @param blurRadius in pixels, 0 for none
 */
record CropDraw(
        BicubicResampler.Box box,
        boolean flip,
        ColorJitter.Draw jitter,
        boolean grey,
        double blurRadius,
        boolean solarise) {
    private static final int TRIES = 10;

    /** Changes of colour in their order. */
    List<Augment.Colour> colours() {
        return jitter == null ? List.of() : jitter.colours();
    }

    /** The same as a device is asked for it: the crop of an image that becomes row {@code row}. */
    Augment.Crop of(Augment.Image image, int row) {
        return new Augment.Crop(
                row,
                image,
                box.left(),
                box.top(),
                box.width(),
                box.height(),
                flip,
                colours(),
                grey,
                blurRadius,
                solarise);
    }

    /** Draws in the order in which the steps are applied. */
    static CropDraw draw(
            MultiCropSettings settings, MultiCropSettings.View view, int width, int height, RandomStream random) {
        BicubicResampler.Box box = box(settings.scale(view), MultiCropSettings.RATIO, width, height, random);
        boolean flip = random.chance(settings.augmentation().flip());
        ColorJitter.Draw jitter = ColorJitter.draw(settings.augmentation().jitter(), random);
        boolean grey = random.chance(settings.augmentation().grey());
        double radius = random.chance(settings.blur(view))
                ? uniform(settings.augmentation().blur().radius(), random)
                : 0;
        boolean solarise = random.chance(settings.solarise(view));
        return new CropDraw(box, flip, jitter, grey, radius, solarise);
    }

    /** torchvision's RandomResizedCrop: ten tries, then the largest centred part whose ratio is allowed. */
    static BicubicResampler.Box box(Range scale, Range ratio, int width, int height, RandomStream random) {
        double area = (double) width * height;
        double lowest = StrictMath.log(ratio.min());
        double highest = StrictMath.log(ratio.max());
        for (int attempt = 0; attempt < TRIES; attempt++) {
            double target = area * uniform(scale, random);
            double aspect = StrictMath.exp(random.uniform(lowest, highest));
            int w = (int) Math.rint(Math.sqrt(target * aspect));
            int h = (int) Math.rint(Math.sqrt(target / aspect));
            if (w > 0 && w <= width && h > 0 && h <= height) {
                int top = random.nextInt(height - h + 1);
                int left = random.nextInt(width - w + 1);
                return new BicubicResampler.Box(left, top, w, h);
            }
        }
        return centre(ratio, width, height);
    }

    private static double uniform(Range range, RandomStream random) {
        return random.uniform(range.min(), range.max());
    }

    private static BicubicResampler.Box centre(Range ratio, int width, int height) {
        double whole = (double) width / height;
        int w = width;
        int h = height;
        if (whole < ratio.min()) {
            h = Math.max(1, (int) Math.rint(width / ratio.min()));
        } else if (whole > ratio.max()) {
            w = Math.max(1, (int) Math.rint(height * ratio.max()));
        }
        return new BicubicResampler.Box((width - w) / 2, (height - h) / 2, w, h);
    }
}
