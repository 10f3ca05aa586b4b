package attmask.data;

import attmask.config.Size;
import java.util.function.Consumer;

/** One step's crops. B is the batch size, L the number of local crops. */
public final class CropBatch extends TrainingBatch {
    private final float[] globals;
    private final float[] locals;
    private final Consumer<CropBatch> releaser;

    CropBatch(int rows, MultiCropSettings settings, Consumer<CropBatch> releaser) {
        super(rows);
        this.globals = new float[length(settings.globals(), rows, settings.globalSize())];
        this.locals = new float[length(settings.localCrops(), rows, settings.localSize())];
        this.releaser = releaser;
    }

    private static int length(int crops, int rows, Size size) {
        return Math.toIntExact(values(crops, rows, size));
    }

    private static long values(int crops, int rows, Size size) {
        return 3L * crops * rows * size.pixels();
    }

    /** Of the heap, with B = {@code rows}. */
    static long bytes(MultiCropSettings settings, int rows) {
        return Float.BYTES
                * (values(settings.globals(), rows, settings.globalSize())
                        + values(settings.localCrops(), rows, settings.localSize()));
    }

    /** Global crops (2B,3,H,W), crop by crop: rows 0..B-1 are crop 1, rows B..2B-1 crop 2; or one crop, (B,3,H,W). */
    public float[] globals() {
        return globals;
    }

    /** Local crops (L·B,3,h,w), crop by crop; empty when L = 0. */
    public float[] locals() {
        return locals;
    }

    @Override
    public void release() {
        releaser.accept(this);
    }
}
