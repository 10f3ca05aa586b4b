package attmask.cli;

import attmask.config.AugmentOn;
import attmask.config.Preset;
import attmask.config.RunConfig;
import attmask.config.TrainConfig;
import attmask.dashboard.Dashboard;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.train.AutoBatch;
import attmask.train.ProgressView;
import attmask.train.ProgressViews;
import attmask.train.RunDirectory;
import attmask.train.Trainer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code train}: the main job. */
@Command(
        name = "train",
        description = "Pre-trains a Vision Transformer. Without options: AttMask-High on built-in images, in minutes.",
        mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private TrainOptions options = TrainOptions.withAutoBatch();

    @Option(
            names = "--resume",
            description = "continue the run in --output from its last checkpoint, with its settings, bit for bit")
    private boolean resume;

    @Option(
            names = "--dashboard",
            paramLabel = "PORT",
            description = "serve the run's report on this machine (127.0.0.1) while it trains; 0 takes any free port")
    private Integer dashboardPort;

    @Option(
            names = "--augment-on",
            paramLabel = "auto|cpu|device",
            description =
                    "who makes the crops: the threads that load images (cpu), or the device that training runs on;"
                            + " auto is the latter on a GPU. No result depends on it",
            defaultValue = "auto")
    private AugmentOn augmentOn;

    @Mixin
    private TensorBoardOption tensorBoard;

    @Mixin
    private CudaOptions cuda;

    @Override
    public Integer call() {
        TrainConfig config = options.resolve();
        if (resume) {
            RunDirectory.resume(Path.of(config.run().output()));
            config = options.resolveOver(Path.of(config.run().output(), "config.json"));
        }
        PrintStream out = System.out;
        RunConfig run = config.run();
        Devices.Chosen device = Devices.choose(run.device(), run.precision(), run.threads(), cuda);
        // First of all, so that a port that is taken is known before anything is written.
        try (Dashboard dashboard = dashboardPort == null ? null : Dashboard.bind(dashboardPort);
                Backend backend = device.backend()) {
            DataSet data = DataSets.open(config.data(), config.globalSize());
            if (options.autoBatch() && !resume) {
                AutoBatch chosen = AutoBatch.of(
                        config, backend, data, augmentOn, device.free().get());
                config = chosen.config();
                out.println("batch    " + config.run().batch() + ": " + chosen.why());
            }
            RunDirectory directory = directory(config);
            try (ProgressView view = view(out, dashboard, directory.folder());
                    Trainer trainer = new Trainer(
                            config,
                            backend,
                            directory,
                            data,
                            view,
                            Devices.threads(config.data().workers()),
                            augmentOn)) {
                new RunDescription(out).print(config, device, data, directory.folder(), trainer);
                if (dashboard != null) {
                    dashboard.serve(directory.folder());
                    out.println("dashboard " + dashboard.address());
                }
                trainer.memory().check(device.free().get());
                if (trainer.run(resume)) {
                    view.note("done: " + directory.checkpoint());
                }
                trainer.noteUnreadable();
            }
        }
        return 0;
    }

    private ProgressView view(PrintStream out, Dashboard dashboard, Path folder) {
        ProgressView console = ProgressViews.forConsole(out);
        ProgressView view = dashboard == null ? console : ProgressViews.both(console, dashboard);
        return tensorBoard.beside(view, folder, resume);
    }

    /** The default folder gets a number when it is taken; one that was asked for must be free. */
    private RunDirectory directory(TrainConfig config) {
        Path asked = Path.of(config.run().output());
        if (resume) {
            return RunDirectory.resume(asked);
        }
        boolean isDefault = Preset.all().stream()
                .anyMatch(preset ->
                        preset.config().run().output().equals(config.run().output()));
        Path free = asked;
        for (int i = 2; isDefault && RunDirectory.holdsRun(free); i++) {
            free = Path.of(asked + "-" + i);
        }
        return RunDirectory.create(free);
    }
}
