package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.AugmentationConfig;
import attmask.config.BlurConfig;
import attmask.config.JitterConfig;
import attmask.config.Range;
import attmask.config.Size;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MultiCropTest {
    private static RgbImage ramp(int width, int height) {
        RgbImage image = RgbImage.black(width, height);
        for (int i = 0; i < image.rgb().length; i++) {
            image.rgb()[i] = (byte) (i * 5 / 3);
        }
        return image;
    }

    private static RandomStream stream() {
        return new RandomStream(2, Purpose.AUGMENT, 1, 4);
    }

    /**
     * Every crop is what the pure functions, compared with Pillow elsewhere, make of its draw in the order of the
     * paper's code.
     */
    @Test
    void cropsAreTheAugmentationsOfTheirDraws() {
        Size global = new Size(20, 28);
        Size local = new Size(16, 8);
        MultiCropSettings settings = CropSettings.published(global, 3, local);
        RgbImage image = ramp(40, 33);
        float[] globals = new float[2 * 3 * global.pixels()];
        float[] locals = new float[3 * 3 * local.pixels()];
        MultiCrop multiCrop = new MultiCrop(settings);
        for (int number = 0; number < 40; number++) {
            multiCrop.crops(image, new RandomStream(2, Purpose.AUGMENT, 1, number), globals, locals, 1, 0);
            RandomStream random = new RandomStream(2, Purpose.AUGMENT, 1, number);
            for (int crop = 0; crop < 5; crop++) {
                var view = MultiCropSettings.View.values()[Math.min(crop, 2)];
                CropDraw draw = CropDraw.draw(settings, view, 40, 33, random);
                float[] expected = Augmentation.normalise(apply(draw, image, settings.size(view)));
                float[] all = crop < 2 ? globals : locals;
                int from = (crop < 2 ? crop : crop - 2) * expected.length;
                assertArrayEquals(expected, Arrays.copyOfRange(all, from, from + expected.length));
            }
        }
    }

    private static RgbImage apply(CropDraw draw, RgbImage image, Size size) {
        BicubicResampler.Box box = draw.box();
        RgbImage crop = Augmentation.resizedCrop(image, box.left(), box.top(), box.width(), box.height(), size);
        crop = draw.flip() ? Augmentation.flip(crop) : crop;
        if (draw.jitter() != null) {
            for (int step : draw.jitter().order()) {
                crop = switch (step) {
                    case 0 -> Augmentation.brightness(crop, draw.jitter().brightness());
                    case 1 -> Augmentation.contrast(crop, draw.jitter().contrast());
                    case 2 -> Augmentation.saturation(crop, draw.jitter().saturation());
                    default -> Augmentation.hue(crop, draw.jitter().hue());
                };
            }
        }
        crop = draw.grey() ? Augmentation.greyscale(crop) : crop;
        crop = draw.blurRadius() > 0 ? Augmentation.gaussianBlur(crop, draw.blurRadius()) : crop;
        return draw.solarise() ? Augmentation.solarise(crop, 128) : crop;
    }

    @Test
    void withEverythingOffAWholeImageComesOutResizedOnly() {
        AugmentationConfig off = new AugmentationConfig(
                0,
                Size.square(4),
                new Range(1, 1),
                new Range(1, 1),
                0,
                new JitterConfig(0, 0, 0, 0, 0),
                0,
                new BlurConfig(0, 0, 0, new Range(0, 0)),
                0);
        Size size = new Size(10, 14);
        // Of ratio 4/3: at scale 1 only it, drawn with probability 0, or the fallback, which is the image.
        RgbImage image = ramp(40, 30);
        float[] globals = new float[2 * 3 * size.pixels()];
        new MultiCrop(new MultiCropSettings(size, off)).crops(image, stream(), globals, new float[0], 1, 0);
        float[] expected = Augmentation.normalise(Augmentation.resizedCrop(image, 0, 0, 40, 30, size));
        assertArrayEquals(expected, Arrays.copyOf(globals, expected.length));
    }

    @Test
    void imagesOfOnePixelAndExtremeShapesGiveFiniteCrops() {
        MultiCropSettings settings = CropSettings.published(new Size(16, 48), 2, new Size(48, 16));
        MultiCrop multiCrop = new MultiCrop(settings);
        for (int[] shape : new int[][] {{1, 1}, {1, 300}, {300, 1}, {2, 3}}) {
            float[] globals = new float[2 * 3 * 16 * 48];
            float[] locals = new float[2 * 3 * 16 * 48];
            multiCrop.crops(ramp(shape[0], shape[1]), stream(), globals, locals, 1, 0);
            for (float value : globals) {
                assertTrue(Math.abs(value) < 3);
            }
        }
        assertEquals(new Size(48, 16), settings.size(MultiCropSettings.View.LOCAL));
    }
}
