package attmask.cli;

import attmask.cli.BenchCommand.Line;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSets;
import attmask.data.ReadableImages;
import attmask.train.DataBenchmark;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench data}: the speed of decoding and augmentation, as one JSON line. */
@Command(
        name = "data",
        description = "Measures decoding, augmentation (the crops that --preset and the settings say) and both, without"
                + " training, and prints one JSON line. images/s counts source images; cpu_ms is processor"
                + " time an image, without compiler and garbage collector.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class BenchDataCommand implements Callable<Integer> {
    private static final String CACHE = "data.cacheBytes";
    private static final double LONGEST = 3600;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "that load images; 0 for one on each core",
            defaultValue = "0")
    private int threads;

    @Option(names = "--seconds", paramLabel = "S", description = "time of each of the three", defaultValue = "5")
    private double seconds;

    @Option(names = "--warmup", paramLabel = "S", description = "before the clock starts", defaultValue = "5")
    private double warmup;

    @Option(
            names = "--images",
            paramLabel = "N",
            description = "different images, drawn from all, as far as a quarter of the memory holds them",
            defaultValue = "512")
    private int images;

    @Mixin
    private TrainOptions options = new TrainOptions(Set.of("run.threads", "data.workers", CACHE));

    @Override
    public Integer call() throws JsonProcessingException {
        if (!(seconds > 0 && seconds <= LONGEST && warmup >= 0 && warmup <= LONGEST) || images < 1 || threads < 0) {
            throw new UserException("--seconds must be above 0, --warmup and --threads 0 or more, both times at most "
                    + (int) LONGEST + ", --images 1 or more");
        }
        TrainConfig config = options.resolve(Map.of(CACHE, "0"));
        ReadableImages source = new ReadableImages(
                DataSets.open(config.data(), config.model().image()).train(),
                line -> System.err.println("skipped unreadable image " + line));
        int workers = Devices.threads(threads);
        System.err.println("decoding " + Math.min(images, source.source().size()) + " images");
        DataBenchmark benchmark = new DataBenchmark(config, source, images, workers);
        System.err.printf("measuring for %.0f s%n", warmup + 3 * seconds);
        if (warmup > 0) {
            benchmark.both(warmup);
        }
        DataBenchmark.Rate decode = benchmark.decode(seconds);
        DataBenchmark.Rate augment = benchmark.augment(seconds);
        DataBenchmark.Rate both = benchmark.both(seconds);
        new Line("data")
                .put("data", config.data().source())
                .put("images", benchmark.images())
                .put("global", "2x" + config.model().image())
                .put(
                        "local",
                        config.augmentation().localCrops() + "x"
                                + config.augmentation().localSize())
                .put("threads", workers)
                .putVersions()
                .put("decode_images_per_s", decode.perSecond(), 2)
                .put("augment_images_per_s", augment.perSecond(), 2)
                .put("images_per_s", both.perSecond(), 2)
                .put("decode_cpu_ms", decode.cpuMillis(), 3)
                .put("augment_cpu_ms", augment.cpuMillis(), 3)
                .put("cpu_ms", both.cpuMillis(), 3)
                .print();
        return 0;
    }
}
