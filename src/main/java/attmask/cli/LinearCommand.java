package attmask.cli;

import attmask.checkpoint.LinearHead;
import attmask.config.Range;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.ImageSource;
import attmask.data.ReadableImages;
import attmask.eval.AugmentedFeatures;
import attmask.eval.CachedFeatures;
import attmask.eval.Encoder;
import attmask.eval.FeatureBatches;
import attmask.eval.FeatureExtraction;
import attmask.eval.Features;
import attmask.eval.LinearProbe;
import attmask.eval.LinearProbe.RateResult;
import attmask.eval.Readout;
import attmask.eval.TrainedModel;
import attmask.ops.Backend;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code linear}: how well a linear classifier does on the frozen features. */
@Command(
        name = "linear",
        description = "Linear evaluation of a checkpoint's frozen features (DINO's protocol: SGD, cosine, no decay)."
                + " All learning rates are trained in one pass; the best and the last epoch of each are shown.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class LinearCommand implements Callable<Integer> {
    private static final int DECIMALS = 2;

    private enum Kind {
        AUGMENTED,
        CACHED
    }

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Mixin
    private LabelledOptions images;

    @Option(
            names = "--features",
            paramLabel = "KIND",
            description = "augmented: of a new random crop of each image in each epoch; cached: of its centre, once,"
                    + " which takes a fraction of the time",
            defaultValue = "augmented")
    private Kind kind;

    @Option(
            names = "--blocks",
            paramLabel = "N",
            description = "features: [CLS] of the last N blocks, side by side; all if the model has fewer",
            defaultValue = "4")
    private int blocks;

    @Option(names = "--epochs", paramLabel = "N", description = "passes over the training images", defaultValue = "100")
    private int epochs;

    @Option(names = "--batch", paramLabel = "N", description = "images of a step", defaultValue = "256")
    private int batch;

    @Option(
            names = "--rates",
            split = ",",
            paramLabel = "R",
            description = "learning rates for a batch of 256; the one used is R * batch / 256",
            defaultValue = "0.001,0.003,0.01,0.03,0.1,0.3,1")
    private List<Double> rates;

    @Option(
            names = "--smallest-crop",
            paramLabel = "S",
            description = "augmented: a crop covers from this share of the image's area to all of it",
            defaultValue = "0.08")
    private double smallestCrop;

    @Option(names = "--seed", paramLabel = "N", description = "of crops and order", defaultValue = "0")
    private long seed;

    @Option(
            names = "--head",
            paramLabel = "FILE",
            description = "the best head as safetensors: weight (classes, features) and bias")
    private Path head;

    @Mixin
    private ResultsOption output;

    @Mixin
    private DeviceOptions device;

    /** A row: a learning rate. */
    private record Row(double rate, double bestTop1, int bestEpoch, double lastTop1) {
        Row(RateResult result) {
            this(result.rate(), result.best(), result.bestEpoch(), result.last());
        }
    }

    @Override
    public Integer call() {
        LinearProbe.Settings settings = new LinearProbe.Settings(epochs, batch, rates, seed);
        if (!(smallestCrop > 0 && smallestCrop <= 1)) {
            throw new UserException("--smallest-crop is " + smallestCrop + "; it must be above 0 and at most 1");
        }
        if (blocks < 1) {
            throw new UserException("--blocks is " + blocks + "; it must be 1 or more");
        }
        Results.requireWritable("the head", head);
        String features = kind.name().toLowerCase(Locale.ROOT);
        Results results = output.of("linear", checkpoint, DECIMALS);
        try (Backend backend = device.announced();
                TrainedModel model = new TrainedModel(
                        GivenCheckpoint.file(checkpoint),
                        backend,
                        batch,
                        config -> Readout.cls(Math.min(blocks, config.model().depth())))) {
            DataSet set = images.open(model.config());
            int used = model.encoder().featureWidth() / model.config().model().width();
            System.out.printf(
                    "features %s: [CLS] of the last %d blocks, %d numbers%n",
                    features, used, model.encoder().featureWidth());
            LinearProbe.Result result = evaluate(backend, model.encoder(), set, settings);
            result.rates().forEach(rate -> results.add(new Row(rate)));
            System.out.printf(
                    "best     %.2f %% at rate %s after epoch %d; last epoch %.2f %% at rate %s%n",
                    result.best().best(),
                    result.best().rate(),
                    result.best().bestEpoch(),
                    result.last().last(),
                    result.last().rate());
            save(result.head(), used, set.train().classes());
            results.about("data", images.data())
                    .about("features", features)
                    .about("blocks", used)
                    .about("epochs", epochs)
                    .about("batch", batch)
                    .about("seed", seed)
                    .about("best_top1", result.best().best())
                    .about("last_top1", result.last().last())
                    .write();
        }
        return 0;
    }

    private LinearProbe.Result evaluate(Backend backend, Encoder encoder, DataSet set, LinearProbe.Settings settings) {
        Features validation = features(encoder, set.validation(), "validation");
        int classes = set.train().classes().size();
        if (kind == Kind.CACHED) {
            Features features = features(encoder, set.train(), "training");
            FeatureBatches train = new CachedFeatures(features, batch, seed);
            try (Shown shown = new Shown()) {
                return LinearProbe.evaluate(backend, train, classes, validation, settings, shown);
            }
        }
        ReadableImages readable =
                new ReadableImages(set.train(), line -> System.err.println("skipped unreadable image " + line));
        Range scale = new Range(smallestCrop, 1);
        try (AugmentedFeatures train = new AugmentedFeatures(encoder, readable, scale, epochs, seed, device.threads());
                Shown shown = new Shown()) {
            return LinearProbe.evaluate(backend, train, classes, validation, settings, shown);
        }
    }

    private Features features(Encoder encoder, ImageSource source, String what) {
        try (EvaluatedImages seen = new EvaluatedImages(what, source)) {
            return FeatureExtraction.raw(encoder, seen.readable(), device.threads(), seen);
        }
    }

    /** Epochs on standard error. */
    private final class Shown implements LinearProbe.Progress, AutoCloseable {
        private final ConsoleProgress progress = new ConsoleProgress("linear", epochs, "epochs");
        private double best;

        @Override
        public void step(int epoch, int step, int steps, double loss) {
            progress.at(
                    epoch - 1,
                    String.format("step %d of %d, lowest loss %.3f, best so far %.2f %%", step, steps, loss, best));
        }

        @Override
        public void epoch(int epoch, double[] top1) {
            for (double each : top1) {
                best = Math.max(best, each);
            }
        }

        @Override
        public void close() {
            progress.close();
        }
    }

    private void save(LinearProbe.Head best, int used, List<String> classes) {
        if (head == null) {
            return;
        }
        Map<String, String> about = new LinkedHashMap<>();
        about.put("checkpoint", checkpoint.toString());
        about.put("data", images.data());
        about.put("rate", Double.toString(best.rate()));
        about.put("epoch", Integer.toString(best.epoch()));
        about.put("top1", Double.toString(best.top1()));
        new LinearHead(used, classes, best.weight(), best.bias()).save(head, about);
        System.out.println("wrote " + head);
    }
}
