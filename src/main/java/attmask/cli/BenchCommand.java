package attmask.cli;

import attmask.config.MaskStrategy;
import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.train.StepBenchmark;
import attmask.train.StepShape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench step}: the speed of the training step, as one JSON line. */
@Command(
        name = "bench",
        description =
                "Measures the training step on noise, without data loading, and prints one JSON line. images/s counts"
                        + " source images, each of which yields 2 global crops and the local ones.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class BenchCommand implements Callable<Integer> {
    /** Names for {@code --help}. */
    static final class Shapes implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return StepShape.all().stream().map(StepShape::name).iterator();
        }
    }

    private enum What {
        STEP
    }

    @Parameters(paramLabel = "step", description = "what to measure")
    private What what;

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
        StepShape shape = StepShape.named(config);
        try (Backend backend = device.open();
                StepBenchmark benchmark = new StepBenchmark(shape, batch, mask, backend)) {
            StepBenchmark.Timing timing = benchmark.run(warmup, runs);
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("what", what.name().toLowerCase(Locale.ROOT));
            line.put("config", shape.name());
            line.put("batch", batch);
            line.put("mode", mask.name().toLowerCase(Locale.ROOT));
            line.put("device", backend.name());
            line.put("backend", backend.description());
            line.put("version", Main.Version.number());
            line.put("java", Runtime.version().toString());
            line.put("images_per_s", round(batch / timing.median(), 2));
            line.put("ms", round(timing.median() * 1e3, 3));
            line.put("ms_min", round(timing.min() * 1e3, 3));
            line.put("ms_max", round(timing.max() * 1e3, 3));
            line.put("peak_gib", round(benchmark.bytes() / (double) (1L << 30), 2));
            System.out.println(new ObjectMapper().writeValueAsString(line));
        }
        return 0;
    }

    private static double round(double value, int digits) {
        double scale = Math.pow(10, digits);
        return Math.round(value * scale) / scale;
    }
}
