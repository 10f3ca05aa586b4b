package attmask.cli;

import attmask.cli.BenchCommand.Line;
import attmask.config.MaskStrategy;
import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.train.StepBenchmark;
import attmask.train.StepShape;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench step}: the speed of the training step, as one JSON line. */
@Command(
        name = "step",
        description =
                "Measures the training step on noise, without data loading, and prints one JSON line. images/s counts"
                        + " source images, each of which yields 2 global crops and the local ones.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class BenchStepCommand implements Callable<Integer> {
    /** Names for {@code --help}. */
    static final class Shapes implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return StepShape.all().stream().map(StepShape::name).iterator();
        }
    }

    @Option(
            names = "--config",
            paramLabel = "NAME",
            description = "model, global and local crops: ${COMPLETION-CANDIDATES}",
            completionCandidates = Shapes.class,
            defaultValue = "tiny32-2+4")
    private String config;

    @Option(names = "--batch", paramLabel = "N", description = "source images in a step", defaultValue = "64")
    private int batch;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description = "compute a step in N equal parts, one after the other",
            defaultValue = "1")
    private int accumulate;

    @Option(
            names = "--mask",
            paramLabel = "M",
            description = "high, hint, low, block, random or none",
            defaultValue = "high")
    private MaskStrategy mask;

    @Option(names = "--warmup", paramLabel = "N", description = "steps before the clock starts", defaultValue = "5")
    private int warmup;

    @Option(names = "--runs", paramLabel = "N", description = "steps that are timed", defaultValue = "20")
    private int runs;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() throws JsonProcessingException {
        if (batch < 1 || runs < 1 || warmup < 0) {
            throw new UserException("--batch and --runs must be 1 or more, --warmup 0 or more");
        }
        if (accumulate < 1 || batch % accumulate != 0) {
            throw new UserException("--accumulate " + accumulate + " does not divide --batch " + batch);
        }
        StepShape shape = StepShape.named(config);
        try (Backend backend = device.open();
                StepBenchmark benchmark = new StepBenchmark(shape, batch, accumulate, mask, backend)) {
            StepBenchmark.Timing timing = benchmark.run(warmup, runs);
            new Line("step")
                    .put("config", shape.name())
                    .put("batch", batch)
                    .put("accumulate", accumulate)
                    .put("mode", mask.name().toLowerCase(Locale.ROOT))
                    .put("device", backend.name())
                    .put("backend", backend.description())
                    .putVersions()
                    .put("images_per_s", batch / timing.median(), 2)
                    .put("ms", timing.median() * 1e3, 3)
                    .put("ms_min", timing.min() * 1e3, 3)
                    .put("ms_max", timing.max() * 1e3, 3)
                    .put("peak_gib", benchmark.bytes() / (double) (1L << 30), 2)
                    .print();
        }
        return 0;
    }
}
