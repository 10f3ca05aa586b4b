package attmask.cli;

import attmask.config.Preset;
import attmask.config.RunConfig;
import attmask.config.TrainConfig;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.ops.Backend;
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
    private TrainOptions options;

    @Option(
            names = "--resume",
            description = "continue the run in --output from its last checkpoint, with its settings, bit for bit")
    private boolean resume;

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
        try (Backend backend = device.backend()) {
            DataSet data = DataSets.open(config.data(), config.globalSize());
            RunDirectory directory = directory(config);
            try (ProgressView view = ProgressViews.forConsole(out);
                    Trainer trainer = new Trainer(
                            config,
                            backend,
                            directory,
                            data,
                            view,
                            Devices.threads(config.data().workers()))) {
                new RunDescription(out).print(config, device, data, directory.folder(), trainer);
                trainer.memory().check(device.free().getAsLong());
                if (trainer.run(resume)) {
                    view.note("done: " + directory.checkpoint());
                }
                trainer.noteUnreadable();
            }
        }
        return 0;
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
