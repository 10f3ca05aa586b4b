package attmask.data;

import attmask.data.MultiCropSettings.View;
import attmask.ops.Augment;
import attmask.ops.Staging;
import attmask.random.RandomStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * One step's images as bytes in memory that the device reads, and the draws of their crops. An image for which there is
 * no room waits until the others are cropped ({@link #refill}).
 */
final class StagedBatch extends TrainingBatch {
    private final MultiCropSettings settings;
    private final Staging.Piece piece;
    private final ByteBuffer bytes;
    private final Consumer<StagedBatch> releaser;
    private final CropDraw[][] draws;
    /** Where each image lies, or null; and those that wait for room. */
    private final Augment.Image[] placed;

    private final RgbImage[] waiting;
    private int end;
    private volatile boolean closed;

    StagedBatch(int rows, MultiCropSettings settings, Staging.Piece piece, Consumer<StagedBatch> releaser) {
        super(rows);
        this.settings = settings;
        this.piece = piece;
        this.releaser = releaser;
        bytes = piece.buffer();
        draws = new CropDraw[rows][settings.globals() + settings.localCrops()];
        placed = new Augment.Image[rows];
        waiting = new RgbImage[rows];
    }

    @Override
    void begin(int epoch, int step) {
        super.begin(epoch, step);
        end = 0;
    }

    /** Draws an image's crops, as {@link MultiCrop} does, and takes its pixels in. For any thread. */
    void fill(RgbImage image, RandomStream random, int row) {
        for (int crop = 0; crop < draws[row].length; crop++) {
            draws[row][crop] = CropDraw.draw(settings, view(crop), image.width(), image.height(), random);
        }
        place(image, row);
    }

    private View view(int crop) {
        return crop >= settings.globals() ? View.LOCAL : crop == 0 ? View.GLOBAL_1 : View.GLOBAL_2;
    }

    private void place(RgbImage image, int row) {
        int at = reserve(image.rgb().length);
        placed[row] = at < 0 ? null : new Augment.Image(at, image.width(), image.height());
        waiting[row] = at < 0 ? image : null;
        if (at >= 0 && !closed) {
            bytes.put(at, image.rgb());
        }
    }

    private synchronized int reserve(int length) {
        if (length > bytes.capacity() - end) {
            return -1;
        }
        int at = end;
        end += length;
        return at;
    }

    Staging.Piece piece() {
        return piece;
    }

    /** Bytes to send. */
    int bytes() {
        return end;
    }

    /** Adds the crops of the images that are placed: views as rows of global crops, and of local ones. */
    void crops(List<Augment.Crop> globals, List<Augment.Crop> locals) {
        for (int row = 0; row < rows(); row++) {
            if (placed[row] != null) {
                crops(row, placed[row], globals, locals);
            }
        }
    }

    /** The same of one image that lies elsewhere. */
    void crops(int row, Augment.Image image, List<Augment.Crop> globals, List<Augment.Crop> locals) {
        for (int crop = 0; crop < draws[row].length; crop++) {
            boolean global = crop < settings.globals();
            int number = global ? crop : crop - settings.globals();
            (global ? globals : locals).add(draws[row][crop].of(image, number * rows() + row));
        }
    }

    /** Takes waiting images in, in place of those that were there. False if none waits that has room at all. */
    boolean refill() {
        piece.await();
        end = 0;
        for (int row = 0; row < rows(); row++) {
            placed[row] = null;
            if (waiting[row] != null) {
                place(waiting[row], row);
            }
        }
        return end > 0;
    }

    /** The image that waits for row {@code row}, or null. */
    RgbImage waiting(int row) {
        return waiting[row];
    }

    /** From here on no thread writes to the piece. */
    void close() {
        closed = true;
    }

    @Override
    public void release() {
        piece.await();
        releaser.accept(this);
    }
}
