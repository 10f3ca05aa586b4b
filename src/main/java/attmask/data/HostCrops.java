package attmask.data;

import attmask.ops.Backend;
import attmask.tensor.Tensor;

/** Crops that worker threads make. */
final class HostCrops implements CropFeed {
    private final Backend backend;
    private final CropLoader loader;

    HostCrops(Backend backend, CropLoader loader) {
        this.backend = backend;
        this.loader = loader;
    }

    @Override
    public TrainingBatch next(Tensor globals, Tensor locals) {
        CropBatch batch = loader.next();
        if (batch != null) {
            backend.write(globals, batch.globals(), 0);
            if (locals != null) {
                backend.write(locals, batch.locals(), 0);
            }
        }
        return batch;
    }

    @Override
    public long waitedNanos() {
        return loader.waitedNanos();
    }

    @Override
    public void close() {
        loader.close();
    }
}
