package attmask.benchmarks;

import attmask.ops.Augment.Change;
import attmask.ops.Augment.Colour;
import attmask.ops.Augment.Crop;
import attmask.ops.Augment.Image;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;

/** Two global crops of 224 pixels and six local ones of 96 of images of 500×375, each with all that can be done to it. */
public class AugmentBenchmark extends OpBenchmark {
    private static final int IMAGE_WIDTH = 500;
    private static final int IMAGE_HEIGHT = 375;
    private static final int GLOBAL = SIDE * PATCH;
    private static final int LOCAL = 96;
    private static final int LOCALS = 6;
    private static final List<Colour> COLOURS = List.of(
            new Colour(Change.BRIGHTNESS, 1.2),
            new Colour(Change.HUE, 0.05),
            new Colour(Change.CONTRAST, 0.7),
            new Colour(Change.SATURATION, 1.1));

    private final List<Crop> globalCrops = new ArrayList<>();
    private final List<Crop> localCrops = new ArrayList<>();
    private Tensor pixels, globals, locals;

    @Override
    void plan() {
        pixels = bytes(3 * IMAGE_WIDTH * IMAGE_HEIGHT * images);
        globals = reals(crops(), 3, GLOBAL, GLOBAL);
        locals = reals(LOCALS * images, 3, LOCAL, LOCAL);
    }

    @Override
    void prepare() {
        byte[] values = new byte[Math.toIntExact(pixels.count())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) (i * 7 + i / 1500);
        }
        backend().write(pixels, values);
        for (int row = 0; row < LOCALS * images; row++) {
            Image image = new Image(3L * IMAGE_WIDTH * IMAGE_HEIGHT * (row % images), IMAGE_WIDTH, IMAGE_HEIGHT);
            if (row < crops()) {
                globalCrops.add(new Crop(row, image, 40, 30, 400, 300, true, COLOURS, false, 1, true));
            }
            localCrops.add(new Crop(row, image, 10 + row % 100, 20, 150, 150, true, COLOURS, false, 1, false));
        }
    }

    @Benchmark
    public void globals(Work work) {
        run(work, moved(pixels, globals), 0, () -> backend().augment().forward(globals, pixels, globalCrops));
    }

    @Benchmark
    public void locals(Work work) {
        run(work, moved(pixels, locals), 0, () -> backend().augment().forward(locals, pixels, localCrops));
    }
}
