package attmask.train;

import attmask.checkpoint.StartWeights;
import attmask.config.AugmentOn;
import attmask.config.NonFiniteException;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.CropFeed;
import attmask.data.CropLoader;
import attmask.data.DataSet;
import attmask.data.MultiCropSettings;
import attmask.data.ReadableImages;
import attmask.eval.Encoder;
import attmask.ops.Backend;
import attmask.optim.Schedules;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import attmask.ssl.SelfDistillation.Update;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The training loop: crops in, steps, online k-NN, log, checkpoints, pictures. A run continued from a checkpoint goes on
 * bit for bit as if it had never stopped.
 */
public final class Trainer implements AutoCloseable {
    /** Lines of single steps in the log of a whole run. */
    private static final int STEP_LINES = 1000;

    private final TrainConfig config;
    private final Backend backend;
    private final RunDirectory directory;
    private final DataSet data;
    private final ReadableImages train;
    private final ReadableImages validation;
    private final ProgressView view;
    private final int threads;
    private final boolean onDevice;
    private final int stepsPerEpoch;
    private final Schedules schedules;
    private final StepPass pass;
    private final MemoryPlan memory;
    private final SelfDistillation learned;
    private final Encoder encoder;
    private final CollapseMonitor monitor;
    private final Checkpoints checkpoints;
    private final RunState state;
    private OnlineEvaluation evaluation;
    /** From 0, of the step under way. */
    private int epoch;

    /** Plans a run whose crops are made where it is best. */
    public Trainer(
            TrainConfig config, Backend backend, RunDirectory directory, DataSet data, ProgressView view, int threads) {
        this(config, backend, directory, data, view, threads, AugmentOn.AUTO);
    }

    /**
     * Plans the run; {@link #run} takes the memory.
     *
     * @param threads that decode images and that k-NN runs on
     * @throws UserException if there are fewer images than a batch holds
     */
    public Trainer(
            TrainConfig config,
            Backend backend,
            RunDirectory directory,
            DataSet data,
            ProgressView view,
            int threads,
            AugmentOn augmentOn) {
        this.config = config;
        this.backend = backend;
        this.directory = directory;
        this.data = data;
        this.view = view;
        this.threads = threads;
        onDevice = augmentOn.isDevice(backend.worksBesideTheHost());
        checkpoints = new Checkpoints(directory, view);
        train = new ReadableImages(data.train(), line -> view.note("skipped unreadable image " + line));
        validation = new ReadableImages(data.validation(), line -> view.note("skipped unreadable image " + line));
        stepsPerEpoch = config.stepsPerEpoch(data.train().size());
        schedules = Schedules.of(config, stepsPerEpoch);
        memory = new MemoryPlan(config, backend, data, onDevice);
        learned = memory.learned();
        pass = new StepPass(config, backend, learned, schedules, stepsPerEpoch);
        encoder = memory.encoder();
        monitor = memory.monitor();
        state = new RunState(config, backend, directory, data.train(), learned, monitor, checkpoints, view);
    }

    /** The planned step. */
    public SelfDistillation plan() {
        return learned;
    }

    /** What is planned, for the table shown before the memory is taken. */
    public MemoryPlan memory() {
        return memory;
    }

    public int stepsPerEpoch() {
        return stepsPerEpoch;
    }

    /**
     * Trains to the end, or until the process is asked to stop.
     *
     * @param resume continue from the directory's newest checkpoint that is whole
     * @return false if it was stopped before the end
     * @throws UserException if another trainer is in the directory
     * @throws NonFiniteException if its numbers are not finite any more and going back is no way out
     */
    public boolean run(boolean resume) {
        try (SaveSignal save = new SaveSignal()) {
            prepare();
            if (!resume) {
                initialize();
            }
            try (RunLock lock = directory.lock()) {
                return train(resume ? state.resume() : state.begin(), save);
            }
        }
    }

    private void prepare() {
        learned.allocate();
        encoder.allocate();
        monitor.allocate();
        evaluation = new OnlineEvaluation(
                config, backend, encoder, data, train, validation, threads, directory, checkpoints);
    }

    /** Before there is a folder: a file that no run can start from leaves none. */
    private void initialize() {
        learned.initialize(config.run().seed());
        if (!config.run().init().isEmpty()) {
            view.note(new StartWeights(config).load(backend, learned));
        }
    }

    private boolean train(int first, SaveSignal save) {
        if (first == 0 && !state.wasRewound()) {
            beforeTraining();
        }
        try (StopSignal stop = new StopSignal()) {
            return learn(first, stop, save);
        } catch (RuntimeException e) {
            view.note("the run broke off; what it had learned by its last checkpoint is in " + directory.folder()
                    + ": continue with --resume");
            throw e;
        }
    }

    private void beforeTraining() {
        Map<String, Double> line = evaluation.after(0);
        if (evaluation.hasKnn()) {
            state.log().add("eval", 0, 0, line);
            view.note("epoch 0 (before training)  " + OnlineEvaluation.describe(line));
        } else {
            view.note("no online k-NN: it needs labelled training and validation images (train/ and val/)");
        }
    }

    /** Each time that the numbers fail, from the last checkpoint on. */
    private boolean learn(int first, StopSignal stop, SaveSignal save) {
        int from = first;
        while (true) {
            try {
                return steps(from, stop, save);
            } catch (NonFiniteException e) {
                from = state.rewind(e.getMessage(), epoch);
            }
        }
    }

    private boolean steps(int first, StopSignal stop, SaveSignal saveSignal) {
        CropLoader.Options options = new CropLoader.Options(
                config.run().seed(),
                config.run().batch(),
                config.run().accumulate(),
                config.run().epochs(),
                first / stepsPerEpoch,
                first % stepsPerEpoch,
                threads,
                CropFeed.PREFETCH);
        MultiCropSettings crops = new MultiCropSettings(config.globalSize(), config.augmentation());
        Speed speed = new Speed(config.run().batch());
        EpochTimes times = new EpochTimes(stepsPerEpoch);
        int last = config.run().epochs() * stepsPerEpoch;
        int stepsPerLine = (last + STEP_LINES - 1) / STEP_LINES;
        try (CropFeed feed = CropFeed.of(backend, train, crops, options, onDevice)) {
            long waited = 0;
            long start = System.nanoTime();
            for (int step = first; step < last; step++) {
                epoch = step / stepsPerEpoch;
                if (step == first || step % stepsPerEpoch == 0) {
                    view.epoch(epoch, config.run().epochs(), step % stepsPerEpoch, stepsPerEpoch);
                }
                long waitedBefore = feed.waitedNanos();
                Losses losses = step(feed, step);
                if ((step + 1) % stepsPerLine == 0 && Double.isFinite(losses.total())) {
                    logStep(step + 1, losses, feed.waitedNanos() - waitedBefore);
                }
                long now = System.nanoTime();
                speed.add(now - start);
                times.add(now - start);
                start = now;
                view.step(
                        step % stepsPerEpoch + 1,
                        losses.total(),
                        speed.imagesPerSecond(),
                        (last - step - 1) * speed.secondsPerStep());
                if ((step + 1) % stepsPerEpoch == 0) {
                    endEpoch(step + 1, speed, times.end(), feed.waitedNanos() - waited);
                    waited = feed.waitedNanos();
                    start = System.nanoTime();
                }
                if (saveSignal.taken() && state.tryToSave(step + 1)) {
                    view.note("checkpoint written after step " + (step + 1));
                }
                state.endStep(step + 1);
                if (stop.requested()) {
                    state.tryToSave(step + 1);
                    view.note("stopped after step " + (step + 1) + "; continue with --resume --output "
                            + directory.folder());
                    return step + 1 == last;
                }
            }
        }
        return true;
    }

    /** A curve finer than the epochs' means, for short runs; of at most {@link #STEP_LINES} lines, for long ones. */
    private void logStep(int done, Losses losses, long waitedNanos) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("epochs_done", (double) done / stepsPerEpoch);
        line.put("loss", losses.total());
        line.put("cls", losses.cls());
        line.put("patch", losses.patch());
        line.put("restoration", losses.restoration());
        line.put("data_wait_ms", waitedNanos / 1e6);
        state.log().add("step", (done - 1) / stepsPerEpoch + 1, done, line);
    }

    private Losses step(CropFeed feed, int step) {
        StepImages images = new StepImages(epoch, config.run().batch());
        Losses losses = losses(feed, images, step);
        double learningRate = state.rateFactor() * schedules.learningRate().at(step);
        double weightDecay = schedules.weightDecay().at(step);
        Optional<String> offending = learned.update(new Update(
                learningRate,
                weightDecay,
                config.optimizer().clipGradient(),
                config.lastLayerFrozen(epoch),
                schedules.teacherMomentum().at(step)));
        if (offending.isPresent()) {
            state.skip(offending.get(), losses, images, step, learningRate);
        } else {
            state.learnedFrom();
            state.meters().add(losses, learningRate, weightDecay, images);
            watch(losses, step + 1);
        }
        return losses;
    }

    /** If there are no images any more, what was learned up to now is kept. */
    private Losses losses(CropFeed feed, StepImages images, int step) {
        try {
            return pass.run(feed, images, step, () -> {});
        } catch (UserException e) {
            state.tryToSave(step);
            throw e;
        }
    }

    private void watch(Losses losses, int step) {
        if (monitor.due(step, stepsPerEpoch)) {
            for (CollapseSign.Seen seen : monitor.check(losses, state.meters().clusters())) {
                state.log().add("collapse", (step - 1) / stepsPerEpoch + 1, step, seen.line());
                view.note(seen.note(step));
            }
        }
    }

    private void endEpoch(int step, Speed speed, StepTimes times, long waitedNanos) {
        int done = epoch + 1;
        state.epochDone(done, step);
        Meters meters = state.meters();
        Map<String, Object> line = EpochLine.of(
                config,
                meters,
                monitor,
                data.train().labelled(),
                speed.imagesPerSecond(),
                times,
                waitedNanos / 1e6 / stepsPerEpoch);
        int every = config.run().evalEvery();
        if (done == config.run().epochs() || (every > 0 && done % every == 0)) {
            line.putAll(evaluation.after(done));
        }
        state.log().add("epoch", done, step, line);
        view.note(EpochLine.note(config, done, meters, line));
        state.endEpoch(done, step);
        NativeHeap.trim();
    }

    /** Says which training images could not be read, if any. */
    public void noteUnreadable() {
        if (train.unreadableCount() > 0) {
            view.note("unreadable training images, replaced by their neighbours: "
                    + String.join("; ", train.unreadableNames()));
        }
    }

    @Override
    public void close() {
        monitor.close();
        encoder.close();
        learned.close();
    }
}
