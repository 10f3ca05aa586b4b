package attmask.data;

import attmask.config.Size;
import attmask.ops.Augment;
import attmask.ops.Backend;
import attmask.ops.Staging;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Crops that the device makes of images which worker threads decode. The images of the next batch, if they are decoded
 * by then, are on their way while the step computes: its crops are made by then, so their images' place on the device is
 * free.
 */
final class DeviceCrops implements CropFeed {
    /** Room that a batch gets, over that of as many mean images. */
    private static final double MARGIN = 1.25;
    /** Bytes on the device, and in each piece of the host's memory, at most: larger batches go in parts. */
    private static final long MOST = 256L << 20;

    /** Batches beside those that are made ahead: with the step, and on its way. */
    private static final int BESIDE = 2;

    private final Backend backend;
    private final Staging staging;
    private final TrainingLoader<StagedBatch> loader;
    private final List<StagedBatch> batches = new ArrayList<>();
    private final List<Augment.Crop> globalCrops = new ArrayList<>();
    private final List<Augment.Crop> localCrops = new ArrayList<>();
    private StagedBatch sent;

    DeviceCrops(Backend backend, ReadableImages images, MultiCropSettings settings, CropLoader.Options options) {
        this(backend, images, settings, options, room(FeedMemory.Sample.of(images.source()), options.rows()));
    }

    /** @param room bytes of images that are on the device at a time */
    DeviceCrops(
            Backend backend, ReadableImages images, MultiCropSettings settings, CropLoader.Options options, int room) {
        if (settings.erasing() > 0) {
            throw new IllegalArgumentException("no device erases parts of crops");
        }
        this.backend = backend;
        staging = backend.staging(room);
        loader = open(images, settings, options);
    }

    /** One batch is with the step, one on its way; the others are made ahead. */
    private TrainingLoader<StagedBatch> open(
            ReadableImages images, MultiCropSettings settings, CropLoader.Options options) {
        try {
            return new TrainingLoader<>(
                    images,
                    options,
                    options.prefetch() + BESIDE,
                    releaser -> {
                        batches.add(new StagedBatch(options.rows(), settings, staging.piece(), releaser));
                        return batches.get(batches.size() - 1);
                    },
                    () -> (image, random, batch, row) -> batch.fill(image, random, row));
        } catch (RuntimeException e) {
            staging.close();
            throw e;
        }
    }

    /** Some more than a batch of such images takes. */
    private static int room(FeedMemory.Sample images, int batchSize) {
        double wanted = Math.ceil(MARGIN * batchSize * images.mean());
        return (int) Math.max(Math.max(images.largest(), 1), Math.min(MOST, wanted));
    }

    /** What a feed of such images takes. */
    static FeedMemory memory(Backend backend, FeedMemory.Sample images, MultiCropSettings settings, int rows) {
        int room = room(images, rows);
        int side = (int) Math.ceil(Math.sqrt(images.largest() / 3.0));
        long work = Math.max(
                work(backend, settings.globals() * rows, settings.globalSize(), side),
                work(backend, settings.localCrops() * rows, settings.localSize(), side));
        long pieces = (long) (CropFeed.PREFETCH + BESIDE) * room;
        // A backend on the host keeps pieces on the heap, and copies what it sends.
        return backend.worksBesideTheHost()
                ? new FeedMemory(room + work, pieces, 0)
                : new FeedMemory(room + work, 0, pieces + room);
    }

    private static long work(Backend backend, int crops, Size size, int side) {
        return crops == 0 ? 0 : backend.augment().workBytes(crops, size.height(), size.width(), side);
    }

    @Override
    public TrainingBatch next(Tensor globals, Tensor locals) {
        StagedBatch batch = sent == null ? loader.next() : sent;
        if (batch == null) {
            return null;
        }
        if (sent == null) {
            staging.send(batch.piece(), batch.bytes());
        }
        sent = null;
        crop(batch, globals, locals);
        while (batch.refill()) {
            staging.send(batch.piece(), batch.bytes());
            crop(batch, globals, locals);
        }
        cropLarge(batch, globals, locals);
        sendAhead();
        return batch;
    }

    private void crop(StagedBatch batch, Tensor globals, Tensor locals) {
        batch.crops(globalCrops, localCrops);
        forward(staging, globals, locals);
    }

    private void forward(Staging from, Tensor globals, Tensor locals) {
        Tensor images = from.receive();
        backend.augment().forward(globals, images, globalCrops);
        if (locals != null) {
            backend.augment().forward(locals, images, localCrops);
        }
        globalCrops.clear();
        localCrops.clear();
    }

    /** An image larger than all room gets room of its own, for once. */
    private void cropLarge(StagedBatch batch, Tensor globals, Tensor locals) {
        for (int row = 0; row < batch.rows(); row++) {
            RgbImage image = batch.waiting(row);
            if (image != null) {
                int bytes = image.rgb().length;
                try (Staging own = backend.staging(bytes)) {
                    Staging.Piece piece = own.piece();
                    piece.buffer().put(0, image.rgb());
                    own.send(piece, bytes);
                    batch.crops(row, new Augment.Image(0, image.width(), image.height()), globalCrops, localCrops);
                    forward(own, globals, locals);
                }
            }
        }
    }

    /** Not waiting for it: a batch that is still being decoded is sent when its step begins. */
    private void sendAhead() {
        if (loader.ready()) {
            sent = loader.next();
            staging.send(sent.piece(), sent.bytes());
        }
    }

    @Override
    public long waitedNanos() {
        return loader.waitedNanos();
    }

    @Override
    public void close() {
        loader.close();
        batches.forEach(StagedBatch::close);
        staging.close();
    }
}
