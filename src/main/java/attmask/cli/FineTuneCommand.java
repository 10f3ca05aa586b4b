package attmask.cli;

import attmask.checkpoint.Checkpoint;
import attmask.config.FineTuneConfig;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.train.FineTuner;
import attmask.train.ProgressView;
import attmask.train.ProgressViews;
import attmask.train.RunDirectory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code finetune}: the whole network, trained with labels. */
@Command(
        name = "finetune",
        description = "Trains a checkpoint's whole network with labels and evaluates it after each epoch."
                + " Ctrl-C writes a checkpoint first; the same command with --resume continues.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class FineTuneCommand implements Callable<Integer> {
    private static final double MEGABYTE = 1 << 20;

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Mixin
    private LabelledOptions images;

    @Option(
            names = {"--output", "-o"},
            paramLabel = "DIR",
            description = "folder for checkpoint and log",
            defaultValue = "runs/finetune")
    private Path output;

    @Option(names = "--resume", description = "continue the run in --output, with the same settings, bit for bit")
    private boolean resume;

    @Option(
            names = "--from-scratch",
            description = "start from random weights: what the same network learns from the labels alone")
    private boolean fromScratch;

    @Option(names = "--epochs", paramLabel = "N", description = "passes over the training images", defaultValue = "100")
    private int epochs;

    @Option(names = "--batch", paramLabel = "N", description = "images of a step", defaultValue = "128")
    private int batch;

    @Option(
            names = "--lr",
            paramLabel = "R",
            description = "peak learning rate for a batch of 256; the one used is R * batch / 256",
            defaultValue = "5e-4")
    private double learningRate;

    @Option(names = "--min-lr", paramLabel = "R", description = "at the end of the cosine", defaultValue = "1e-6")
    private double minLearningRate;

    @Option(
            names = "--warmup-epochs",
            paramLabel = "N",
            description = "of linear growth of the rate",
            defaultValue = "5")
    private int warmupEpochs;

    @Option(names = "--weight-decay", paramLabel = "W", description = "of AdamW", defaultValue = "0.05")
    private double weightDecay;

    @Option(
            names = "--layer-decay",
            paramLabel = "F",
            description = "factor of the learning rate from one block to the one below, for instance 0.65; 1 for none",
            defaultValue = "1")
    private double layerDecay;

    @Option(names = "--drop-path", paramLabel = "P", description = "rate of the last block", defaultValue = "0.1")
    private double dropPath;

    @Option(names = "--mixup", paramLabel = "A", description = "alpha; 0 for none", defaultValue = "0.8")
    private double mixup;

    @Option(names = "--cutmix", paramLabel = "A", description = "alpha; 0 for none", defaultValue = "1")
    private double cutmix;

    @Option(names = "--smoothing", paramLabel = "S", description = "of labels", defaultValue = "0.1")
    private double smoothing;

    @Option(names = "--erasing", paramLabel = "P", description = "probability of random erasing", defaultValue = "0.25")
    private double erasing;

    @Option(
            names = "--smallest-crop",
            paramLabel = "S",
            description = "a crop covers from this share of the image's area to all of it",
            defaultValue = "0.08")
    private double smallestCrop;

    @Option(
            names = "--ema",
            paramLabel = "M",
            description = "momentum of an average of the weights, which is then evaluated; 0 for none",
            defaultValue = "0")
    private double ema;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "of the head, order, crops and mixing",
            defaultValue = "0")
    private long seed;

    @Option(
            names = "--checkpoint-every-steps",
            paramLabel = "STEPS",
            description = "write a checkpoint within epochs too; 0 for none",
            defaultValue = "0")
    private int checkpointEverySteps;

    @Mixin
    private TensorBoardOption tensorBoard;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() {
        FineTuneConfig settings = new FineTuneConfig(
                epochs,
                batch,
                learningRate,
                minLearningRate,
                warmupEpochs,
                weightDecay,
                layerDecay,
                dropPath,
                mixup,
                cutmix,
                smoothing,
                erasing,
                smallestCrop,
                ema,
                seed,
                fromScratch);
        if (checkpointEverySteps < 0) {
            throw new UserException("--checkpoint-every-steps " + checkpointEverySteps + ": it must be 0 or more");
        }
        Path file = GivenCheckpoint.file(checkpoint);
        TrainConfig trained = Checkpoint.config(file);
        try (Backend backend = device.announced()) {
            DataSet set = images.open(trained);
            RunDirectory directory = resume ? RunDirectory.resume(output) : RunDirectory.create(output);
            try (ProgressView view =
                            tensorBoard.beside(ProgressViews.forConsole(System.out), directory.folder(), resume);
                    FineTuner tuner = new FineTuner(
                            settings,
                            trained.model(),
                            backend,
                            directory,
                            set,
                            view,
                            device.threads(),
                            checkpointEverySteps)) {
                describe(tuner);
                FineTuner.Result result = tuner.run(file, resume);
                if (result.finished()) {
                    view.note(String.format(
                            "top-1 %.2f %% after the last epoch; highest %.2f %% after epoch %d",
                            result.last(), result.best(), result.bestEpoch()));
                    view.note("done: " + directory.checkpoint());
                }
            }
        }
        return 0;
    }

    private void describe(FineTuner tuner) {
        System.out.printf("start    %s%n", fromScratch ? "random weights" : "the teacher of " + checkpoint);
        System.out.printf(
                "run      %d epochs of %d steps, batch %d, into %s%n", epochs, tuner.stepsPerEpoch(), batch, output);
        long bytes = tuner.arenas().stream().mapToLong(Arena::bytes).sum();
        System.out.printf("memory   %.1f MB outside the heap%n", bytes / MEGABYTE);
    }
}
