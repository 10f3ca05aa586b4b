package attmask.cli;

import attmask.config.DataConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.data.ImageSource;
import attmask.data.Relabelled;
import attmask.eval.FeatureExtraction;
import attmask.eval.Features;
import attmask.eval.FewShot;
import attmask.eval.KnnClassifier;
import attmask.eval.TrainedModel;
import attmask.ops.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code knn}: how well the frozen features classify, without training anything. */
@Command(
        name = "knn",
        description = "k-NN accuracy of a checkpoint's features (DINO's protocol: cosine, votes exp(similarity/0.07)).",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class KnnCommand implements Callable<Integer> {
    private static final int BATCH = 128;
    private static final int DECIMALS = 2;

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "images: a folder or .pack with train/ (the bank) and val/ (the queries), or shapes",
            defaultValue = DataConfig.SHAPES)
    private String data;

    @Option(
            names = "--bank",
            paramLabel = "DIR",
            description = "folder of classes that vote, instead of --data's train/")
    private String bankFolder;

    @Option(names = "--queries", paramLabel = "DIR", description = "folder of classes to classify, instead of val/")
    private String queryFolder;

    @Option(
            names = "--subset",
            paramLabel = "N",
            description = "first N bank images of each class; 0 for all",
            defaultValue = "0")
    private int subset;

    @Option(
            names = "--k",
            split = ",",
            paramLabel = "K",
            description = "numbers of neighbours",
            defaultValue = "10,20,100,200")
    private int[] neighbours;

    @Option(
            names = "--shots",
            split = ",",
            paramLabel = "N",
            description =
                    "few examples of each class in the bank: mean and deviation of five starts, for instance 1,5,10,20")
    private List<Integer> shots = List.of();

    @Mixin
    private ResultsOption output;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() {
        for (int k : neighbours) {
            if (k < 1) {
                throw new UserException("--k is " + k + "; it must be 1 or more");
            }
        }
        Results results = output.of("knn", checkpoint, DECIMALS);
        int workers = device.threads();
        try (Backend backend = device.announced();
                TrainedModel model = new TrainedModel(GivenCheckpoint.file(checkpoint), backend, BATCH)) {
            DataSet set = bankFolder == null || queryFolder == null ? open(data, subset, model) : null;
            ImageSource banked = bankFolder == null
                    ? set.train()
                    : open(bankFolder, subset, model).train();
            ImageSource queried = queryFolder == null
                    ? set.validation()
                    : open(queryFolder, 0, model).train();
            requireLabels(banked, "bank");
            requireLabels(queried, "queries");
            shots.forEach(count -> FewShot.requireEnough(banked, count));
            ImageSource asked = Relabelled.to(banked.classes(), queried);
            Features bank = features(banked, model, workers, "bank");
            Features queries = features(asked, model, workers, "queries");
            System.out.printf(
                    "bank %,d images, queries %,d images, %d classes%n", bank.count(), queries.count(), bank.classes());
            results.about("bank", bankFolder == null ? data : bankFolder)
                    .about("bank_images", bank.count())
                    .about("queries", queryFolder == null ? data : queryFolder)
                    .about("query_images", queries.count());
            for (KnnClassifier.Result result : new KnnClassifier(bank, workers).classify(queries, neighbours)) {
                results.add(result.accuracy());
            }
            for (int count : shots) {
                results.add(new Few(FewShot.evaluate(bank, queries, count, workers)));
            }
        }
        results.write();
        return 0;
    }

    /** A row for few examples. */
    private record Few(int shots, int k, double top1, double deviation, double[] starts) {
        Few(FewShot.Result result) {
            this(result.shots(), result.k(), result.mean(), result.deviation(), result.accuracies());
        }
    }

    private static DataSet open(String source, int subset, TrainedModel model) {
        DataConfig config = DataConfig.of(source, subset, model.config().data());
        return DataSets.open(config, model.config().globalSize());
    }

    private static void requireLabels(ImageSource source, String what) {
        if (source.size() == 0 || !source.labelled()) {
            throw new UserException("k-NN needs labelled images for the " + what
                    + "; give --data a folder with train/ and val/, or use --bank and --queries");
        }
    }

    private static Features features(ImageSource source, TrainedModel model, int workers, String what) {
        try (EvaluatedImages seen = new EvaluatedImages(what, source)) {
            Features features = FeatureExtraction.of(model.encoder(), seen.readable(), workers, seen);
            if (features.count() == 0) {
                throw new UserException("none of the " + source.size() + " images of the " + what + " can be read");
            }
            return features;
        }
    }
}
