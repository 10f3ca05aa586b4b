package attmask.comparison;

import attmask.config.TrainConfig;
import attmask.data.DataSet;
import attmask.data.ImageSource;
import attmask.data.ReadableImages;
import attmask.eval.FeatureExtraction;
import attmask.eval.Features;
import attmask.eval.Readout;
import attmask.eval.TrainedModel;
import attmask.ops.Backend;
import java.nio.file.Path;
import java.util.function.Function;

/** A trained model with the images that it is evaluated on; features are computed once, when first asked for. */
final class Frozen {
    private static final int BATCH = 128;

    private final Path checkpoint;
    private final DataSet data;
    private final Backend backend;
    private final int threads;
    private Split cls;

    Frozen(Path checkpoint, DataSet data, Backend backend, int threads) {
        this.checkpoint = checkpoint;
        this.data = data;
        this.backend = backend;
        this.threads = threads;
    }

    /**
     * Features of both parts of the data.
     *
     * @param bank of the images that it was trained on
     * @param queries of the validation images
     */
    record Split(Features bank, Features queries) {}

    Backend backend() {
        return backend;
    }

    int threads() {
        return threads;
    }

    /** [CLS] of the last block, L2-normalised. */
    Split cls() {
        if (cls == null) {
            Split raw = raw(trained -> Readout.cls());
            cls = new Split(normalised(raw.bank()), normalised(raw.queries()));
        }
        return cls;
    }

    private static Features normalised(Features raw) {
        return Features.normalised(raw.rows(), raw.width(), raw.labels());
    }

    /** Features as the model gives them. */
    Split raw(Function<TrainConfig, Readout.Plan> readout) {
        try (TrainedModel model = new TrainedModel(checkpoint, backend, BATCH, readout)) {
            return new Split(raw(model, data.train()), raw(model, data.validation()));
        }
    }

    private Features raw(TrainedModel model, ImageSource images) {
        return FeatureExtraction.raw(model.encoder(), new ReadableImages(images), threads, done -> {});
    }
}
