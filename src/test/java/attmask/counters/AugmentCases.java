package attmask.counters;

import attmask.config.Precision;
import attmask.counters.KernelCase.Bound;
import attmask.counters.KernelCase.Moves;
import attmask.ops.Augment;
import attmask.ops.Augment.Change;
import attmask.ops.Augment.Colour;
import attmask.ops.Augment.Crop;
import attmask.ops.Augment.Image;
import attmask.ops.ResizeTaps;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Crops with all that can be done to them, of images of twice their width and one and a half times their height. */
final class AugmentCases {
    private static final int CROP_BYTES = 80;
    private static final int LEVELS = 3 * 256;

    private AugmentCases() {}

    /** @param side of the crops, in pixels */
    static KernelCase of(int crops, int side) {
        Image image = new Image(0, 2 * side, 3 * side / 2);
        byte[] pixels = new byte[(int) image.end()];
        RandomStream random = new RandomStream(side, Purpose.TEST, 0, 0);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) random.nextInt(256);
        }
        List<Crop> list =
                IntStream.range(0, crops).mapToObj(row -> crop(row, image)).toList();
        long records = (long) crops * CROP_BYTES;
        long taps = 2L * side * Integer.BYTES * crops;
        long weights = ((long) ResizeTaps.most(image.width(), side) + ResizeTaps.most(image.height(), side))
                * side
                * Integer.BYTES
                * crops;
        long bytes = 3L * side * side * crops;
        return KernelCase.of(
                crops + " × " + image.width() + "×" + image.height() + " to " + side + "²",
                Precision.FP32,
                trial -> {
                    Augment op = trial.backend().augment();
                    Tensor images = trial.bytes("images", pixels, pixels.length);
                    op.forward(trial.realOutput("crops", crops, 3, side, side), images, list);
                },
                taps("augment_taps", records + 2 * taps + weights),
                taps("augment_resample", records + 2 * taps + weights + image.end() + bytes),
                taps("augment_finish", records + bytes + bytes * Float.BYTES + LEVELS * Float.BYTES));
    }

    private static Crop crop(int row, Image image) {
        List<Colour> colours = List.of(
                new Colour(Change.BRIGHTNESS, 1.2),
                new Colour(Change.HUE, 0.05),
                new Colour(Change.CONTRAST, 0.7),
                new Colour(Change.SATURATION, 1.1));
        return new Crop(row, image, 0, 0, image.width(), image.height(), true, colours, false, 1.5, true);
    }

    private static Moves taps(String kernel, long least) {
        return new Moves(kernel, Bound.TAPS, least, 0, "");
    }
}
