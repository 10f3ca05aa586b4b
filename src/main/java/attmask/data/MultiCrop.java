package attmask.data;

import attmask.config.Size;
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
    private final byte[] pixels;

    /** @param settings of all crops */
    public MultiCrop(MultiCropSettings settings) {
        this.settings = settings;
        int largest = settings.globalSize().pixels();
        if (settings.localCrops() > 0) {
            largest = Math.max(largest, settings.localSize().pixels());
        }
        this.pixels = new byte[3 * largest];
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
        Normaliser.store(pixels, size.pixels(), target, offset);
        if (view != View.LOCAL && settings.erasing() > 0) {
            RandomErasing.apply(settings.erasing(), target, offset, size, random);
        }
    }

    /** Leaves the crop, as bytes, in {@code pixels}. */
    private void render(RgbImage image, CropDraw draw, Size size) {
        int length = 3 * size.pixels();
        resampler.resize(image, draw.box(), size.width(), size.height(), pixels);
        if (draw.flip()) {
            PixelTransform.flip(pixels, size.width(), size.height());
        }
        if (draw.jitter() != null) {
            ColorJitter.apply(draw.jitter(), pixels, length);
        }
        if (draw.grey()) {
            PixelTransform.greyscale(pixels, length);
        }
        if (draw.blurRadius() > 0) {
            blur.blur(pixels, size.width(), size.height(), (float) draw.blurRadius());
        }
        if (draw.solarise()) {
            PixelTransform.solarise(pixels, length, SOLARISE_THRESHOLD);
        }
    }
}
