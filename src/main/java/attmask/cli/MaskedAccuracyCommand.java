package attmask.cli;

import attmask.checkpoint.LinearHead;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.Relabelled;
import attmask.eval.MaskedAccuracy;
import attmask.eval.Readout;
import attmask.eval.TrainedModel;
import attmask.ops.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code masked-accuracy}: what remains of the accuracy without the most attended patches. */
@Command(
        name = "masked-accuracy",
        description = "Accuracy of a linear head on validation images whose most attended patches are blacked out.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class MaskedAccuracyCommand implements Callable<Integer> {
    private static final int BATCH = 128;
    private static final int DECIMALS = 2;

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Option(
            names = "--head",
            paramLabel = "FILE",
            required = true,
            description = "a head that linear --head has written for this checkpoint")
    private Path head;

    @Mixin
    private LabelledOptions images;

    @Option(
            names = "--shares",
            split = ",",
            paramLabel = "S",
            description = "shares of the patches that are blacked out, the most attended first",
            defaultValue = "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9")
    private List<Double> shares;

    @Mixin
    private ResultsOption output;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() {
        for (double share : shares) {
            if (!(share >= 0 && share <= 1)) {
                throw new UserException("--shares has " + share + "; each must be between 0 and 1");
            }
        }
        LinearHead trained = LinearHead.open(head);
        Results results = output.of("masked-accuracy", checkpoint, DECIMALS);
        try (Backend backend = device.announced();
                TrainedModel model = new TrainedModel(
                        GivenCheckpoint.file(checkpoint), backend, BATCH, config -> Readout.cls(trained.blocks()));
                MaskedAccuracy accuracy = new MaskedAccuracy(backend, model.encoder(), trained)) {
            DataSet set = images.open(model.config());
            try (EvaluatedImages seen =
                    new EvaluatedImages("validation", Relabelled.to(trained.classes(), set.validation()))) {
                accuracy.evaluate(seen.readable(), shares, device.threads(), seen)
                        .forEach(results::add);
            }
            results.about("head", head).about("data", images.data()).write();
        }
        return 0;
    }
}
