package attmask.cli;

import attmask.comparison.Comparison;
import attmask.comparison.ComparisonSummary;
import attmask.comparison.Making;
import attmask.comparison.Plan;
import attmask.config.RunConfig;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.train.ProgressView;
import attmask.train.ProgressViews;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code compare}: the paper's comparison of masking strategies, on any images. */
@Command(
        name = "compare",
        description = {
            "Trains with several masking strategies and seeds and equal settings, and compares the results.",
            "Runs of one seed start from the same weights and see the same crops. Started again with the same options,"
                    + " it goes on where it was stopped; with more strategies or seeds, it adds them. --output gets"
                    + " comparison.md, comparison.csv and a folder for each run. A run whose numbers are not finite is left"
                    + " as failed, the others go on, and the exit code is 3."
        },
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
    /** Learning curves need an evaluation every epoch, and a stop must cost no more than one. */
    private static final Map<String, String> REPLACED = Map.of(
            "run.evalEvery", "1", "run.checkpointEvery", "1", "run.keepEvery", "0", "run.output", "runs/compare");

    @Option(
            names = "--masks",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "block,random,random:0.75,low,hint,high",
            description = "strategies, NAME or NAME:RATIO [${DEFAULT-VALUE}]")
    private List<String> masks;

    @Option(
            names = "--methods",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "ibot",
            description = "ibot, dino and mst, each with every strategy [${DEFAULT-VALUE}]")
    private List<String> methods;

    @Option(
            names = "--seeds",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,2,3",
            description = "every combination is trained with each [${DEFAULT-VALUE}]")
    private List<Long> seeds;

    @Option(
            names = "--percent",
            split = ",",
            paramLabel = "P",
            defaultValue = "100",
            description = "shares of each class's training images, such as 5,10,20,100 [${DEFAULT-VALUE}]")
    private List<Double> percents;

    @Option(
            names = "--shots",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,5,10,20",
            description = "evaluation with so few examples of each class [${DEFAULT-VALUE}]")
    private List<Integer> shots;

    @Option(
            names = "--linear-epochs",
            paramLabel = "N",
            defaultValue = "100",
            description = "of the linear evaluation; 0 for none [${DEFAULT-VALUE}]")
    private int linearEpochs;

    @Option(
            names = "--baseline",
            paramLabel = "NAME",
            defaultValue = "",
            description = "what the others are compared with [block]")
    private String baseline;

    @Option(
            names = "--status",
            paramLabel = "DIR",
            description = "show what of this comparison is done and its results so far, and nothing else")
    private Path status;

    @Mixin
    private TrainOptions options = new TrainOptions(Set.of("mask.strategy", "loss.method", "run.seed", "data.percent"));

    @Mixin
    private TensorBoardOption tensorBoard;

    @Mixin
    private CudaOptions cuda;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintStream out = System.out;
        if (status != null) {
            show(out, ComparisonSummary.at(status, baseline));
            return 0;
        }
        if (shots.stream().anyMatch(count -> count < 1)) {
            throw new UserException("--shots " + shots + ": each must be 1 or more");
        }
        if (linearEpochs < 0) {
            throw new UserException("--linear-epochs " + linearEpochs + ": it must be 0 or more");
        }
        TrainConfig common = options.resolve(REPLACED);
        Plan plan = Plan.of(methods, masks, percents, seeds);
        RunConfig run = common.run();
        Devices.Chosen device = Devices.choose(run.device(), run.precision(), run.threads(), cuda);
        try (Backend backend = device.backend()) {
            DataSet data = DataSets.open(common.data(), common.globalSize());
            Comparison comparison = new Comparison(common, data, plan, shots, linearEpochs, baseline, making(backend));
            new RunDescription(out).common(common, device, data);
            comparison.summary().states().forEach(line -> out.println("plan     " + line));
            try (ProgressView view = ProgressViews.forConsole(out)) {
                if (!comparison.run(
                        backend, device.free(), Devices.threads(common.data().workers()), view, tensorBoard.on())) {
                    return 0;
                }
            }
            show(out, comparison.summary());
            comparison.summary().requireAllFinite();
        }
        return 0;
    }

    private static void show(PrintStream out, ComparisonSummary summary) {
        summary.states().forEach(out::println);
        summary.write();
        out.println();
        out.println(summary.tables());
        out.println("written to " + summary.markdown());
    }

    private Making making(Backend backend) {
        return new Making(
                String.join(" ", spec.commandLine().getParseResult().originalArgs()),
                Main.Version.commit(),
                System.getProperty("java.version"),
                Machine.description() + ", " + backend.description());
    }
}
