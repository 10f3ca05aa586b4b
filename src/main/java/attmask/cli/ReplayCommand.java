package attmask.cli;

import attmask.config.DeviceChoice;
import attmask.config.RunConfig;
import attmask.ops.Backend;
import attmask.train.Replay;
import attmask.train.TensorNumbers;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replay}: a step that training left out, once more. */
@Command(
        name = "replay",
        description =
                "Does a skipped step again, on the state that it had, and shows where its numbers fail: the largest"
                        + " magnitude and the count of those not finite, tensor by tensor, the first one marked. Exit code 1 if"
                        + " all is finite now.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class ReplayCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "a skipped/step-NNNNNN.json in the folder of a run")
    private Path file;

    @Option(names = "--data", paramLabel = "DIR", description = "where the run's data is now, if it was moved")
    private String data;

    @Option(
            names = "--device",
            paramLabel = "D",
            description = "auto, cpu or cuda, with the run's precision; without it, the run's",
            converter = DeviceConverter.class)
    private DeviceChoice device;

    @Mixin
    private CudaOptions cuda;

    @Override
    public Integer call() {
        Replay replay = Replay.of(file, Optional.ofNullable(data));
        RunConfig run = replay.config().run();
        Devices.Chosen chosen =
                Devices.choose(device == null ? run.device() : device, run.precision(), run.threads(), cuda);
        try (Backend backend = chosen.backend()) {
            System.out.println("device   " + chosen.reason());
            Replay.Outcome outcome =
                    replay.run(backend, Devices.threads(replay.config().data().workers()));
            print(outcome);
            System.out.println("step " + replay.step() + ": " + verdict(outcome));
            return outcome.reproduced() ? 0 : 1;
        }
    }

    private static void print(Replay.Outcome outcome) {
        System.out.printf("%-56s %12s %12s%n", "tensor", "largest", "not finite");
        boolean marked = false;
        for (TensorNumbers numbers : outcome.numbers()) {
            boolean first = !marked && numbers.notFinite() > 0;
            marked |= first;
            System.out.printf(
                    Locale.ROOT,
                    "%-56s %12.4g %12d%s%n",
                    numbers.name(),
                    numbers.largest(),
                    numbers.notFinite(),
                    first ? "  <- first" : "");
        }
    }

    private static String verdict(Replay.Outcome outcome) {
        return outcome.found()
                .map(found -> found.equals(outcome.recorded())
                        ? "reproduced: " + found + " is not finite, as in the run"
                        : "not finite again, but the first is " + found + ", in the run it was " + outcome.recorded())
                .orElse("all is finite; in the run " + outcome.recorded() + " was not");
    }
}
