package attmask.cli;

import attmask.config.DataConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.data.ImageSource;
import attmask.data.ReadableImages;
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

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "images: a folder with train/ (the bank) and val/ (the queries), or shapes",
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
    private DeviceOptions device;

    @Override
    public Integer call() {
        for (int k : neighbours) {
            if (k < 1) {
                throw new UserException("--k is " + k + "; it must be 1 or more");
            }
        }
        int workers = device.threads();
        try (Backend backend = device.announced();
                TrainedModel model = new TrainedModel(checkpoint, backend, BATCH)) {
            DataSet set = bankFolder == null || queryFolder == null ? open(data, model) : null;
            Features bank = features(
                    bankFolder == null ? set.train() : open(bankFolder, model).train(), model, workers, "bank");
            Features queries = features(
                    queryFolder == null
                            ? set.validation()
                            : open(queryFolder, model).train(),
                    model,
                    workers,
                    "queries");
            System.out.printf(
                    "bank %,d images, queries %,d images, %d classes%n", bank.count(), queries.count(), bank.classes());
            for (KnnClassifier.Result result : new KnnClassifier(bank, workers).classify(queries, neighbours)) {
                System.out.printf(
                        "k %-4d top-1 %6.2f %%  top-5 %6.2f %%%n",
                        result.k(), result.accuracy().top1(), result.accuracy().top5());
            }
            for (int count : shots) {
                FewShot.Result few = FewShot.evaluate(bank, queries, count, workers);
                System.out.printf(
                        "shots %-3d (k %d)  top-1 %6.2f %% +- %.2f%n",
                        few.shots(), few.k(), few.mean(), few.deviation());
            }
        }
        return 0;
    }

    private DataSet open(String source, TrainedModel model) {
        DataConfig config = DataConfig.of(source, subset, model.config().data());
        return DataSets.open(config, model.config().globalSize());
    }

    private static Features features(ImageSource source, TrainedModel model, int workers, String what) {
        if (source.size() == 0 || !source.labelled()) {
            throw new UserException("k-NN needs labelled images for the " + what
                    + "; give --data a folder with train/ and val/, or use --bank and --queries");
        }
        ReadableImages images =
                new ReadableImages(source, line -> System.err.println("skipped unreadable image " + line));
        return FeatureExtraction.of(model.encoder(), images, workers, done -> {});
    }
}
