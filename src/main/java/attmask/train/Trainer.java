package attmask.train;

import attmask.checkpoint.Checkpoint;
import attmask.checkpoint.LastCheckpoints;
import attmask.checkpoint.Progress;
import attmask.checkpoint.Rewinds;
import attmask.checkpoint.StartWeights;
import attmask.config.AugmentOn;
import attmask.config.NonFiniteException;
import attmask.config.OnNonFinite;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.CropFeed;
import attmask.data.CropLoader;
import attmask.data.DataSet;
import attmask.data.MultiCropSettings;
import attmask.data.ReadableImages;
import attmask.eval.ClusterMetrics;
import attmask.eval.Encoder;
import attmask.eval.KnnClassifier.Accuracy;
import attmask.ops.Backend;
import attmask.optim.Schedules;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import attmask.ssl.SelfDistillation.Update;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The training loop: crops in, steps, online k-NN, log, checkpoints, pictures. A run continued from a checkpoint goes on
 * bit for bit as if it had never stopped.
 */
public final class Trainer implements AutoCloseable {
    private static final int PICTURES = 8;
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
    private Optional<OnlineKnn> knn = Optional.empty();
    private MaskPictures pictures;
    private TrainingLog log;
    private Meters meters;
    private SkippedSteps skipped;
    private Rewinds rewinds = Rewinds.NONE;
    /** A checkpoint waits for a step that is learned from. */
    private boolean due;
    /** What was learned after so many steps is known to be finite. */
    private int finite;
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
                return train(resume ? restore() : begin(), save);
            }
        }
    }

    private void prepare() {
        learned.allocate();
        encoder.allocate();
        monitor.allocate();
        knn = OnlineKnn.of(encoder, data, train, validation, config.run().knn(), threads);
        pictures = new MaskPictures(
                backend,
                encoder,
                data.hasValidation() ? validation : train,
                PICTURES,
                config.maskLayer(),
                config.mask(),
                MaskPictures.TYPICAL_RATIO,
                config.run().seed());
    }

    /** Before there is a folder: a file that no run can start from leaves none. */
    private void initialize() {
        learned.initialize(config.run().seed());
        if (!config.run().init().isEmpty()) {
            view.note(new StartWeights(config).load(backend, learned));
        }
    }

    private boolean train(int first, SaveSignal save) {
        if (first == 0 && rewinds.total() == 0) {
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

    private int restore() {
        Progress progress = read();
        rewinds = progress.rewinds();
        directory.writeConfig(config);
        start(progress);
        view.note(String.format(
                "resumed after step %d (epoch %d, step %d of %d)",
                progress.step(), progress.step() / stepsPerEpoch + 1, progress.step() % stepsPerEpoch, stepsPerEpoch));
        return progress.step();
    }

    private Progress read() {
        return checkpoints.restore(
                file -> Checkpoint.restore(file, config, data.train().size(), backend, learned));
    }

    /** With a checkpoint before anything of the run's is in the folder, so that from then on it can be resumed. */
    private int begin() {
        if (directory.checkpoints().exist()) {
            throw new UserException(
                    directory.folder() + " has got a run of another process this moment; choose another --output");
        }
        directory.writeConfig(config);
        save(directory.checkpoints(), Progress.start());
        start(Progress.start());
        return 0;
    }

    private void start(Progress progress) {
        log = TrainingLog.after(directory.log(), progress.step(), rewinds.total(), view::note);
        skipped = new SkippedSteps(directory, log, data.train(), config.run().skipLimit(), checkpoints);
        due = false;
        finite = -1;
        meters = new Meters(
                config.run().batch() * stepsPerEpoch,
                progress.step() % stepsPerEpoch,
                progress.sums(),
                progress.clusters(),
                progress.labels());
        monitor.restore(progress.signs());
    }

    private void beforeTraining() {
        picture(0);
        if (knn.isEmpty()) {
            view.note("no online k-NN: it needs labelled training and validation images (train/ and val/)");
        } else {
            Map<String, Object> line = new LinkedHashMap<>();
            evaluate(line);
            log.add("eval", 0, 0, line);
            view.note("epoch 0 (before training)  " + describe(line));
        }
    }

    /** Each time that the numbers fail, from the last checkpoint on. */
    private boolean learn(int first, StopSignal stop, SaveSignal save) {
        int from = first;
        while (true) {
            try {
                return steps(from, stop, save);
            } catch (NonFiniteException e) {
                from = rewind(e.getMessage());
            }
        }
    }

    /** @return steps done at the checkpoint that the run is back at */
    private int rewind(String reason) {
        if (config.run().onNonFinite() == OnNonFinite.STOP) {
            throw new NonFiniteException(reason + "; " + directory.checkpoint() + " is from before; lower"
                    + " optimizer.learningRate, allow more with --skip-limit, or go back and on with --resume"
                    + " --on-nonfinite rewind");
        }
        if (rewinds.exhausted()) {
            throw new NonFiniteException(reason + ", after " + rewinds.inRow() + " rewinds since an epoch was new; "
                    + directory.checkpoint() + " is from before; start anew with a lower optimizer.learningRate");
        }
        Progress progress = read();
        rewinds = rewinds.next(epoch + 1);
        start(progress);
        Map<String, Object> line = new LinkedHashMap<>();
        line.put(TrainingLog.REWIND, rewinds.total());
        line.put("rate_factor", rewinds.rateFactor());
        line.put("reason", reason);
        log.add(TrainingLog.REWIND, progress.step() / stepsPerEpoch, progress.step(), line);
        // Else a run that is cut off here would not know of it.
        tryToSave(progress.step());
        view.note(reason + ": back to step " + progress.step() + ", learning rate times " + rewinds.rateFactor()
                + " from here on");
        return progress.step();
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
                    endEpoch(epoch, step + 1, speed, times.end(), feed.waitedNanos() - waited);
                    waited = feed.waitedNanos();
                    start = System.nanoTime();
                }
                if (saveSignal.taken() && tryToSave(step + 1)) {
                    view.note("checkpoint written after step " + (step + 1));
                }
                int every = config.run().checkpointEverySteps();
                due |= every > 0 && (step + 1) % every == 0;
                saveIfDue(step + 1);
                if (stop.requested()) {
                    tryToSave(step + 1);
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
        log.add("step", (done - 1) / stepsPerEpoch + 1, done, line);
    }

    private Losses step(CropFeed feed, int step) {
        StepImages images = new StepImages(epoch, config.run().batch());
        Losses losses = losses(feed, images, step);
        double learningRate = rewinds.rateFactor() * schedules.learningRate().at(step);
        double weightDecay = schedules.weightDecay().at(step);
        Optional<String> offending = learned.update(new Update(
                learningRate,
                weightDecay,
                config.optimizer().clipGradient(),
                config.lastLayerFrozen(epoch),
                schedules.teacherMomentum().at(step)));
        if (offending.isPresent()) {
            String line =
                    skipped.skip(offending.get(), losses, images, step + 1, learningRate, file -> keep(file, step));
            meters.skip();
            view.note(line);
            requireFinite(step);
        } else {
            skipped.learned();
            meters.add(losses, learningRate, weightDecay, images);
            watch(losses, step + 1);
        }
        return losses;
    }

    /** If there are no images any more, what was learned up to now is kept. */
    private Losses losses(CropFeed feed, StepImages images, int step) {
        try {
            return pass.run(feed, images, step, () -> {});
        } catch (UserException e) {
            tryToSave(step);
            throw e;
        }
    }

    private void watch(Losses losses, int step) {
        if (monitor.due(step, stepsPerEpoch)) {
            for (CollapseSign.Seen seen : monitor.check(losses, meters.clusters())) {
                log.add("collapse", (step - 1) / stepsPerEpoch + 1, step, seen.line());
                view.note(seen.note(step));
            }
        }
    }

    private void endEpoch(int epoch, int step, Speed speed, StepTimes times, long waitedNanos) {
        requireFinite(step);
        rewinds = rewinds.done(epoch + 1);
        Map<String, Object> line = new LinkedHashMap<>();
        meters.means().forEach((name, mean) -> line.put("train_" + name, mean));
        line.put(
                "prototypes_in_use",
                CollapseMonitor.prototypesInUse(meters.clusters(), config.head().prototypes()));
        line.put("skipped_steps", meters.skipped());
        double deviation = monitor.featureDeviation();
        if (Double.isFinite(deviation)) {
            line.put("feature_deviation", deviation);
        }
        if (data.train().labelled() && meters.steps() > 0) {
            ClusterMetrics clusters = ClusterMetrics.of(meters.labels(), meters.clusters());
            line.put("train_nmi", clusters.nmi());
            line.put("train_ari", clusters.ari());
            line.put("train_fscore", clusters.fowlkesMallows());
        }
        line.put("images_per_s", speed.imagesPerSecond());
        line.put("step_ms", times.median());
        line.put("step_ms_min", times.fastest());
        line.put("data_wait_ms", waitedNanos / 1e6 / stepsPerEpoch);
        line.put(
                "heap_mb",
                (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1e6);
        line.put("unreadable_images", meters.unreadableImages());
        int done = epoch + 1;
        boolean last = done == config.run().epochs();
        if (last || (config.run().evalEvery() > 0 && done % config.run().evalEvery() == 0)) {
            evaluate(line);
            picture(done);
        }
        log.add("epoch", done, step, line);
        view.note(String.format(
                "epoch %d/%d  loss %.3f (%s)  teacher entropy %.0f %% of ln K  %.0f images/s%s%s",
                done,
                config.run().epochs(),
                meters.mean("loss"),
                losses(),
                100 * meters.mean("teacher_entropy") / Math.log(config.head().prototypes()),
                speed.imagesPerSecond(),
                meters.skipped() > 0 ? "  " + meters.skipped() + " steps skipped" : "",
                describe(line)));
        meters.clear();
        // First, so that a run that is cut off and resumed here has it too.
        if (config.run().keepEvery() > 0 && done % config.run().keepEvery() == 0) {
            checkpoints.tryToWrite(
                    "kept checkpoint of epoch " + done, () -> keep(directory.keptCheckpoint(done), step));
        }
        if (last) {
            checkpoints.write(step, log, newest -> save(newest, progress(step)));
        } else if (done % config.run().checkpointEvery() == 0) {
            due = true;
            saveIfDue(step);
        }
    }

    /** The epoch's means of the losses that the method has. */
    private String losses() {
        return switch (config.loss().method()) {
            case IBOT -> String.format("cls %.3f, patch %.3f", meters.mean("cls"), meters.mean("patch"));
            case DINO -> String.format("cls %.3f", meters.mean("cls"));
            case MST -> String.format("cls %.3f, restoration %.3f", meters.mean("cls"), meters.mean("restoration"));
        };
    }

    private void evaluate(Map<String, Object> line) {
        knn.ifPresent(evaluation -> {
            List<Accuracy> accuracies = evaluation.evaluate();
            for (Accuracy accuracy : accuracies) {
                line.put("knn" + accuracy.k() + "_top1", accuracy.top1());
                line.put("knn" + accuracy.k() + "_top5", accuracy.top5());
            }
        });
    }

    private static String describe(Map<String, Object> line) {
        StringBuilder text = new StringBuilder();
        line.forEach((name, value) -> {
            if (name.startsWith("knn") && name.endsWith("_top1")) {
                text.append(String.format("  %s-NN %.1f %%", name.substring(3, name.indexOf('_')), (Double) value));
            }
        });
        return text.toString();
    }

    private void picture(int epoch) {
        if (pictures.count() > 0) {
            checkpoints.tryToWrite(
                    "picture of the masks", () -> pictures.write("epoch " + epoch, directory.maskPicture(epoch)));
        }
    }

    /** Between steps that are left out nothing is learned, and a run would go back into the midst of them. */
    private void saveIfDue(int step) {
        if (due && !skipped.inRow()) {
            due = false;
            tryToSave(step);
        }
    }

    private void keep(Path file, int step) {
        Checkpoint.keep(file, config, data.train().size(), backend, learned, progress(step));
    }

    /** No checkpoint is ever of a state that no run can go on from. */
    private void requireFinite(int step) {
        if (step != finite) {
            learned.nonFiniteState().ifPresent(name -> {
                throw new NonFiniteException(
                        "what is learned after step " + step + " is not finite (" + name + "), so it is not saved");
            });
            finite = step;
        }
    }

    private boolean tryToSave(int step) {
        requireFinite(step);
        return checkpoints.tryToWrite(step, log, last -> save(last, progress(step)));
    }

    private void save(LastCheckpoints last, Progress progress) {
        directory.keepConfig(config);
        Checkpoint.save(last, config, data.train().size(), backend, learned, progress);
    }

    private Progress progress(int step) {
        return new Progress(step, meters.sums(), meters.clusters(), meters.labels(), monitor.shown(), rewinds);
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
