package attmask.comparison;

import attmask.data.DataSet;
import attmask.data.ImageSource;
import attmask.data.ReadableImages;
import attmask.eval.FeatureExtraction;
import attmask.eval.Features;
import attmask.eval.TrainedModel;

/** A trained model with the images that it is evaluated on; features are computed once, when first asked for. */
final class Frozen {
    private final TrainedModel model;
    private final DataSet data;
    private final int threads;
    private Features bank;
    private Features queries;

    Frozen(TrainedModel model, DataSet data, int threads) {
        this.model = model;
        this.data = data;
        this.threads = threads;
    }

    int threads() {
        return threads;
    }

    /** Of the images that it was trained on. */
    Features bank() {
        if (bank == null) {
            bank = features(data.train());
        }
        return bank;
    }

    /** Of the validation images. */
    Features queries() {
        if (queries == null) {
            queries = features(data.validation());
        }
        return queries;
    }

    private Features features(ImageSource images) {
        return FeatureExtraction.of(model.encoder(), new ReadableImages(images), threads, done -> {});
    }
}
