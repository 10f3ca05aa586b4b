package attmask.cli;

import attmask.config.Preset;
import attmask.config.RunConfig;
import attmask.config.TrainConfig;
import attmask.dashboard.Dashboard;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.train.MemoryPlan;
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
    private static final double MEGABYTE = 1 << 20;

    @Mixin
    private TrainOptions options;

    @Option(
            names = "--resume",
            description = "continue the run in --output from its last checkpoint, with its settings, bit for bit")
    private boolean resume;

    @Option(
            names = "--dashboard",
            paramLabel = "PORT",
            description = "serve the run's report on this machine (127.0.0.1) while it trains; 0 takes any free port")
    private Integer dashboardPort;

    @Mixin
    private CudaSync sync;

    @Override
    public Integer call() {
        TrainConfig config = options.resolve();
        if (resume) {
            RunDirectory.resume(Path.of(config.run().output()));
            config = options.resolveOver(Path.of(config.run().output(), "config.json"));
        }
        PrintStream out = System.out;
        RunConfig run = config.run();
        Devices.Chosen device = Devices.choose(run.device(), run.precision(), run.threads(), sync);
        // First of all, so that a port that is taken is known before anything is written.
        try (Dashboard dashboard = dashboardPort == null ? null : Dashboard.bind(dashboardPort);
                Backend backend = device.backend()) {
            DataSet data = DataSets.open(config.data(), config.globalSize());
            RunDirectory directory = directory(config);
            try (ProgressView view = view(out, dashboard);
                    Trainer trainer = new Trainer(
                            config,
                            backend,
                            directory,
                            data,
                            view,
                            Devices.threads(config.data().workers()))) {
                describe(out, config, device, data, directory, trainer);
                if (dashboard != null) {
                    dashboard.serve(directory.folder());
                    out.println("dashboard " + dashboard.address());
                }
                trainer.memory().check(device.free().getAsLong());
                if (trainer.run(resume)) {
                    view.note("done: " + directory.checkpoint());
                }
                reportUnreadable(trainer, view);
            }
        }
        return 0;
    }

    private static ProgressView view(PrintStream out, Dashboard dashboard) {
        ProgressView console = ProgressViews.forConsole(out);
        return dashboard == null ? console : ProgressViews.both(console, dashboard);
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

    private static void describe(
            PrintStream out,
            TrainConfig config,
            Devices.Chosen device,
            DataSet data,
            RunDirectory directory,
            Trainer trainer) {
        MemoryPlan memory = trainer.memory();
        out.println("device   " + device.reason());
        out.printf(
                "data     %s: %,d training images%s, %,d validation images%n",
                config.data().source(),
                data.train().size(),
                data.train().labelled() ? " of " + data.train().classes().size() + " classes" : " (unlabelled)",
                data.validation().size());
        out.printf(
                "model    ViT width %d, depth %d, heads %d, patch %d on %s px: %,d parameters with its head of %,d prototypes%n",
                config.model().width(),
                config.model().depth(),
                config.model().heads(),
                config.model().patch(),
                config.model().image(),
                trainer.plan().studentParameters().layout().trainedCount(),
                config.head().prototypes());
        out.printf(
                "masks    %s, ratio %s +- %s, probability %s, attention of block %d of %d%n",
                config.mask().strategy().name().toLowerCase(java.util.Locale.ROOT),
                config.mask().ratio(),
                config.mask().variation(),
                config.mask().probability(),
                config.maskLayer() + 1,
                config.model().depth());
        out.printf(
                "run      %d epochs of %d steps, batch %d with %d crops an image, seed %d, into %s%n",
                config.run().epochs(),
                trainer.stepsPerEpoch(),
                config.run().batch(),
                config.crops(),
                config.run().seed(),
                directory.folder());
        for (Arena arena : memory.arenas()) {
            out.printf("memory   %-28s %9.1f MB%n", arena.name(), arena.bytes() / MEGABYTE);
        }
        out.printf("memory   %-28s %9.1f MB%n", "in all, outside the heap", memory.bytes() / MEGABYTE);
    }

    private static void reportUnreadable(Trainer trainer, ProgressView view) {
        if (!trainer.unreadable().isEmpty()) {
            view.note("unreadable training images, replaced by their neighbours: "
                    + String.join("; ", trainer.unreadable()));
        }
    }
}
