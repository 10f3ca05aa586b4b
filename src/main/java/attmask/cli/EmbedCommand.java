package attmask.cli;

import attmask.config.TrainConfig;
import attmask.data.ImageSource;
import attmask.eval.EmbeddingFile;
import attmask.eval.FeatureStream;
import attmask.eval.Readout;
import attmask.eval.TrainedModel;
import attmask.ops.Backend;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code embed}: the features of images, for other programs. */
@Command(
        name = "embed",
        description = "Writes the features of images to a NumPy or CSV file, with their names and labels.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class EmbedCommand implements Callable<Integer> {
    private static final int BATCH = 128;

    private enum Kind {
        CLS,
        PATCHES,
        BOTH,
        LOGITS;

        Readout.Plan readout(TrainConfig trained) {
            return switch (this) {
                case CLS -> Readout.cls();
                case PATCHES -> Readout.patchMean();
                case BOTH -> Readout.joined(Readout.cls(), Readout.patchMean());
                case LOGITS -> Readout.logits(trained.head());
            };
        }
    }

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Mixin
    private ImagesOptions images;

    @Option(
            names = "--features",
            paramLabel = "KIND",
            description = "cls: the last block's [CLS]; patches: the mean of its patch tokens; both: side by side;"
                    + " logits: the projection head's on [CLS]",
            defaultValue = "cls")
    private Kind kind;

    @Option(names = "--normalise", description = "divide each image's features by their length", defaultValue = "false")
    private boolean normalise;

    @Option(
            names = {"--output", "-o"},
            paramLabel = "FILE",
            required = true,
            description =
                    "NAME.npy: a float32 matrix (images, features), with names and labels of its rows in NAME.csv;"
                            + " NAME.csv: all in one table")
    private Path output;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() {
        EmbeddingFile.requireKnownFormat(output);
        try (Backend backend = device.announced();
                TrainedModel model =
                        new TrainedModel(GivenCheckpoint.file(checkpoint), backend, BATCH, kind::readout)) {
            ImageSource source = images.open(model);
            EmbeddingFile file = new EmbeddingFile(output, source, normalise);
            try (EvaluatedImages seen = new EvaluatedImages("embed", source);
                    FeatureStream features = new FeatureStream(model.encoder(), seen.readable(), device.threads())) {
                int written = file.write(features, seen);
                System.out.printf(
                        "wrote %s: %,d images, %,d features each; names and labels in %s%n",
                        output, written, features.width(), file.table());
            }
        }
        return 0;
    }
}
