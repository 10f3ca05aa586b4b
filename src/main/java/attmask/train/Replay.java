package attmask.train;

import attmask.checkpoint.Checkpoint;
import attmask.config.AugmentOn;
import attmask.config.ConfigJson;
import attmask.config.ConfigLoader;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.CropFeed;
import attmask.data.CropLoader;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.data.MultiCropSettings;
import attmask.data.ReadableImages;
import attmask.file.FileProblem;
import attmask.ops.Backend;
import attmask.optim.Schedules;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Does a step of a run again that was left out, on the state it had, and looks at its numbers. Learns nothing. */
public final class Replay {
    /**
     * What came of it.
     *
     * @param numbers of the tensors, in the order in which the step makes them
     * @param recorded name of what was not finite in the run
     * @param found name of what is not finite now, by the same test
     */
    public record Outcome(List<TensorNumbers> numbers, String recorded, Optional<String> found) {
        /** True if the step is not finite again. */
        public boolean reproduced() {
            return found.isPresent();
        }
    }

    private final SkippedStep step;
    private final Path state;
    private final TrainConfig config;

    private Replay(SkippedStep step, Path state, TrainConfig config) {
        this.step = step;
        this.state = state;
        this.config = config;
    }

    /**
     * Of {@code skipped/step-NNNNNN.json} in the folder of a run, with the run's settings.
     *
     * @param data in place of the run's; empty for the run's
     * @throws UserException if it is none, or has no state
     */
    public static Replay of(Path file, Optional<String> data) {
        SkippedStep step = SkippedStep.read(file);
        Path folder = file.toAbsolutePath().normalize().getParent();
        String name = step.state()
                .orElseThrow(
                        () -> new UserException(
                                file
                                        + " has no state to replay from: a run keeps those of its first skipped steps only; replay one of them"));
        Path state = folder.resolve(name);
        if (!folder.equals(state.normalize().getParent()) || !Files.isRegularFile(state)) {
            throw new UserException("the state " + state + " is missing; it must lie beside " + file);
        }
        Path settings = RunDirectory.at(folder.resolveSibling("")).config();
        TrainConfig config;
        try {
            config = ConfigJson.read(Files.readString(settings), settings.toString());
        } catch (IOException e) {
            throw new UserException(
                    "cannot read " + settings + ": " + FileProblem.reason(e)
                            + "; replay a file in the folder of its run",
                    e);
        }
        ConfigLoader loader = ConfigLoader.over(config);
        data.ifPresent(source -> loader.set("data.source", source, "--data"));
        return new Replay(step, state, loader.resolve());
    }

    /** The settings of the run, with the data to replay with. */
    public TrainConfig config() {
        return config;
    }

    /** Number of the step, from 1. */
    public int step() {
        return step.step();
    }

    /**
     * Does the step.
     *
     * @param threads that decode images
     * @throws UserException if the images are not those of the step, or the state is damaged or of another run
     */
    public Outcome run(Backend backend, int threads) {
        DataSet data = DataSets.open(config.data(), config.globalSize());
        Checkpoint.Summary saved = Checkpoint.summary(state);
        if (saved.step() != step.step() - 1) {
            throw new UserException(state + " is the state after step " + saved.step() + ", not before step "
                    + step.step() + "; replay a file in the folder of its run");
        }
        if (saved.images() != data.train().size()) {
            throw new UserException("the run had " + saved.images() + " training images, "
                    + config.data().source() + " has " + data.train().size() + "; give the run's data with --data");
        }
        try (SelfDistillation learned = new MemoryPlan(config, backend, data, false).learned()) {
            learned.allocate();
            Checkpoint.restore(state, config, data.train().size(), backend, learned);
            return run(backend, learned, data, threads);
        }
    }

    private Outcome run(Backend backend, SelfDistillation learned, DataSet data, int threads) {
        int stepsPerEpoch = config.stepsPerEpoch(data.train().size());
        int number = step.step() - 1;
        int epoch = number / stepsPerEpoch;
        CropLoader.Options options = new CropLoader.Options(
                config.run().seed(),
                config.run().batch(),
                config.run().accumulate(),
                epoch + 1,
                epoch,
                number % stepsPerEpoch,
                threads,
                1);
        StepPass pass = new StepPass(config, backend, learned, Schedules.of(config, stepsPerEpoch), stepsPerEpoch);
        StepImages images = new StepImages(epoch, config.run().batch());
        StepNumbers numbers = new StepNumbers(backend, learned);
        try (CropFeed feed = CropFeed.of(
                backend,
                new ReadableImages(data.train(), line -> {}),
                new MultiCropSettings(config.globalSize(), config.augmentation()),
                options,
                AugmentOn.AUTO.isDevice(backend.worksBesideTheHost()))) {
            Losses losses = pass.run(feed, images, number, numbers::part);
            step.requireSame(images.indices(), data.train());
            List<TensorNumbers> all = numbers.all(losses);
            return new Outcome(
                    all, step.tensor(), learned.nonFinite(config.optimizer().clipGradient()));
        }
    }
}
