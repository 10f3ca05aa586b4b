package attmask.data;

import attmask.config.Size;
import attmask.data.BicubicResampler.Box;
import attmask.data.MultiCropSettings.View;
import attmask.random.RandomStream;

/**
 * Makes the crops of an image: one or two global ones and any number of local ones, each cut out, resized, mirrored,
 * jittered, greyed, blurred, solarised, normalised, and perhaps erased in part. Keeps its buffers, so one instance serves
 * one thread.
 */
public final class MultiCrop {
    private static final int SOLARISE_THRESHOLD = 128;

    private final MultiCropSettings settings;
    private final BicubicResampler resampler = new BicubicResampler();
    private final GaussianBlur blur = new GaussianBlur();
    private final ColorJitter jitter = new ColorJitter();
    private final Planes planes = new Planes();

    /** @param settings of all crops */
    public MultiCrop(MultiCropSettings settings) {
        this.settings = settings;
    }

    /**
     * Makes all crops of one image.
     *
     * @param random names the image and the epoch; nothing else decides the crops
     * @param globals (2·rows,3,H,W): crop 1 goes to {@code row}, crop 2, if there is one, to rows + row
     * @param locals (L·rows,3,h,w): local crop n goes to n·rows + row
     * @param rows images per batch
     * @param row this image's place in it
     */
    public void crops(RgbImage image, RandomStream random, float[] globals, float[] locals, int rows, int row) {
        int size = 3 * settings.globalSize().pixels();
        crop(image, View.GLOBAL_1, random, globals, row * size);
        if (settings.globals() > 1) {
            crop(image, View.GLOBAL_2, random, globals, (rows + row) * size);
        }
        int localSize = 3 * settings.localSize().pixels();
        for (int local = 0; local < settings.localCrops(); local++) {
            crop(image, View.LOCAL, random, locals, (local * rows + row) * localSize);
        }
    }

    private void crop(RgbImage image, View view, RandomStream random, float[] target, int offset) {
        CropDraw draw = CropDraw.draw(settings, view, image.width(), image.height(), random);
        Size size = settings.size(view);
        render(image, draw, size);
        Normaliser.store(planes, target, offset);
        if (view != View.LOCAL && settings.erasing() > 0) {
            RandomErasing.apply(settings.erasing(), target, offset, size, random);
        }
    }

    /** Leaves the crop in {@code planes}. */
    private void render(RgbImage image, CropDraw draw, Size size) {
        Box all = new Box(0, 0, size.width(), size.height());
        resampler.resize(image, draw.box(), size.width(), size.height(), all, draw.flip(), planes);
        jitter.apply(draw.colours(), planes);
        if (draw.grey()) {
            PixelTransform.greyscale(planes);
        }
        if (draw.blurRadius() > 0) {
            blur.blur(planes, (float) draw.blurRadius());
        }
        if (draw.solarise()) {
            PixelTransform.solarise(planes, SOLARISE_THRESHOLD);
        }
    }
}
