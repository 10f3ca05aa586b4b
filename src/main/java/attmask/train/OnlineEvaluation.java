package attmask.train;

import attmask.config.TrainConfig;
import attmask.data.DataSet;
import attmask.data.ReadableImages;
import attmask.eval.Encoder;
import attmask.eval.KnnClassifier.Accuracy;
import attmask.ops.Backend;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** How good the teacher is by now: k-NN on its features, where there are labels, and pictures of its masks. */
final class OnlineEvaluation {
    private static final int PICTURES = 8;

    private final Optional<OnlineKnn> knn;
    private final MaskPictures pictures;
    private final RunDirectory directory;
    private final Checkpoints checkpoints;

    /**
     * Chooses the images.
     *
     * @param encoder of the teacher, whose memory is there
     * @param train images of {@code data}, as training reads them
     * @param validation the same
     * @param checkpoints says what cannot be written
     */
    OnlineEvaluation(
            TrainConfig config,
            Backend backend,
            Encoder encoder,
            DataSet data,
            ReadableImages train,
            ReadableImages validation,
            int threads,
            RunDirectory directory,
            Checkpoints checkpoints) {
        this.directory = directory;
        this.checkpoints = checkpoints;
        knn = OnlineKnn.of(encoder, data, train, validation, config.run().knn(), threads);
        pictures = new MaskPictures(
                backend,
                encoder,
                data.hasValidation() ? validation : train,
                PICTURES,
                config.maskLayer(),
                config.mask(),
                MaskPictures.TYPICAL_RATIO,
                config.run().seed());
    }

    /** Whether there are labelled images to evaluate on. */
    boolean hasKnn() {
        return knn.isPresent();
    }

    /** Draws the picture after so many epochs, and returns what a line of the log says of the accuracy. */
    Map<String, Double> after(int epochs) {
        Map<String, Double> line = new LinkedHashMap<>();
        knn.ifPresent(evaluation -> {
            for (Accuracy accuracy : evaluation.evaluate()) {
                line.put("knn" + accuracy.k() + "_top1", accuracy.top1());
                line.put("knn" + accuracy.k() + "_top5", accuracy.top5());
            }
        });
        if (pictures.count() > 0) {
            checkpoints.tryToWrite(
                    "picture of the masks", () -> pictures.write("epoch " + epochs, directory.maskPicture(epochs)));
        }
        return line;
    }

    /** The accuracies of such a line, for people. */
    static String describe(Map<String, ?> line) {
        StringBuilder text = new StringBuilder();
        line.forEach((name, value) -> {
            if (name.startsWith("knn") && name.endsWith("_top1")) {
                text.append(String.format("  %s-NN %.1f %%", name.substring(3, name.indexOf('_')), (Double) value));
            }
        });
        return text.toString();
    }
}
