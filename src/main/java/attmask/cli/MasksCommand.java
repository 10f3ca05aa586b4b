package attmask.cli;

import attmask.config.DataConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.data.ImageSource;
import attmask.data.ReadableImages;
import attmask.eval.TrainedModel;
import attmask.ops.Backend;
import attmask.train.MaskPictures;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code masks}: what a checkpoint attends to, and what each strategy would hide. */
@Command(
        name = "masks",
        description = "Draws images, the teacher's attention and each strategy's mask side by side.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class MasksCommand implements Callable<Integer> {
    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "any folder of images, .pack, .tar, or shapes; validation images if it has them",
            defaultValue = DataConfig.SHAPES)
    private String data;

    @Option(names = "--count", paramLabel = "N", description = "images to draw", defaultValue = "8")
    private int count;

    @Option(names = "--ratio", paramLabel = "R", description = "share of patches that is hidden", defaultValue = "0.3")
    private double ratio;

    @Option(
            names = "--layer",
            paramLabel = "N",
            description = "block whose attention is shown, from 1; 0 for the one trained with",
            defaultValue = "0")
    private int layer;

    @Option(names = "--seed", paramLabel = "N", description = "of the random masks", defaultValue = "0")
    private long seed;

    @Option(
            names = {"--out", "-o"},
            paramLabel = "FILE",
            description = "the picture",
            defaultValue = "masks.png")
    private Path out;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() {
        if (count < 1 || count > 1000) {
            throw new UserException("--count is " + count + "; it must be from 1 to 1000");
        }
        try (Backend backend = device.announced();
                TrainedModel model = new TrainedModel(GivenCheckpoint.file(checkpoint), backend, count)) {
            int depth = model.config().model().depth();
            if (layer < 0 || layer > depth) {
                throw new UserException("--layer is " + layer + "; the model has blocks 1 to " + depth);
            }
            int block = layer == 0 ? model.config().maskLayer() : layer - 1;
            DataConfig trained = model.config().data();
            DataSet set = DataSets.open(
                    DataConfig.of(data, 0, trained), model.config().globalSize());
            ImageSource source = set.hasValidation() ? set.validation() : set.train();
            ReadableImages images =
                    new ReadableImages(source, line -> System.err.println("skipped unreadable image " + line));
            MaskPictures pictures = new MaskPictures(
                    backend,
                    model.encoder(),
                    images,
                    count,
                    block,
                    model.config().mask(),
                    ratio,
                    seed);
            if (pictures.count() == 0) {
                throw new UserException("none of the images in " + data + " can be read");
            }
            pictures.write("attention of block " + (block + 1) + " of " + depth, out);
            System.out.println("wrote " + out + " (" + pictures.count() + " images)");
        }
        return 0;
    }
}
