package attmask.data;

import attmask.ops.Backend;
import attmask.tensor.Tensor;

/** Crops into a training step's tensors, batch after batch. The same crops, whoever makes them. */
public interface CropFeed extends AutoCloseable {
    /** Batches that worker threads make ahead. */
    int PREFETCH = 2;

    /**
     * globals (2B,3,H,W) and locals (L·B,3,h,w; null if there are none) ← the crops of the next batch, a step's or a
     * part's, crop by crop.
     *
     * @return the batch, to be released when its images are noted; null after the last epoch
     * @throws attmask.config.UserException when not one image can be read
     */
    TrainingBatch next(Tensor globals, Tensor locals);

    /** Nanoseconds spent waiting for the worker threads since the start. */
    long waitedNanos();

    @Override
    void close();

    /**
     * Starts the worker threads.
     *
     * @param onDevice the backend makes the crops, worker threads decode images only; else they make the crops too
     */
    static CropFeed of(
            Backend backend,
            ReadableImages images,
            MultiCropSettings settings,
            CropLoader.Options options,
            boolean onDevice) {
        return onDevice
                ? new DeviceCrops(backend, images, settings, options)
                : new HostCrops(backend, new CropLoader(images, settings, options));
    }

    /**
     * What a feed takes, before it does.
     *
     * @param images what those that it loads are like
     * @param rows images at once
     */
    static FeedMemory memory(
            Backend backend, FeedMemory.Sample images, MultiCropSettings settings, int rows, boolean onDevice) {
        return onDevice
                ? DeviceCrops.memory(backend, images, settings, rows)
                : new FeedMemory(0, 0, (PREFETCH + 1) * CropBatch.bytes(settings, rows));
    }
}
