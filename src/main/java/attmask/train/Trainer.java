package attmask.train;

import attmask.checkpoint.Checkpoint;
import attmask.checkpoint.Progress;
import attmask.checkpoint.StartWeights;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.CropBatch;
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
import attmask.ssl.Temperatures;
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
    private static final int PREFETCH = 2;
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
    private final int stepsPerEpoch;
    private final Schedules schedules;
    private final Masks masks;
    private final MemoryPlan memory;
    private final SelfDistillation learned;
    private final Encoder encoder;
    private final CollapseMonitor monitor;
    private Optional<OnlineKnn> knn = Optional.empty();
    private MaskPictures pictures;
    private TrainingLog log;
    private Meters meters;

    /**
     * Plans the run; {@link #run} takes the memory.
     *
     * @param threads that decode images and that k-NN runs on
     * @throws UserException if there are fewer images than a batch holds
     */
    public Trainer(
            TrainConfig config, Backend backend, RunDirectory directory, DataSet data, ProgressView view, int threads) {
        this.config = config;
        this.backend = backend;
        this.directory = directory;
        this.data = data;
        this.view = view;
        this.threads = threads;
        train = new ReadableImages(data.train(), line -> view.note("skipped unreadable image " + line));
        validation = new ReadableImages(data.validation(), line -> view.note("skipped unreadable image " + line));
        stepsPerEpoch = config.stepsPerEpoch(data.train().size());
        schedules = Schedules.of(config, stepsPerEpoch);
        masks = new Masks(MemoryPlan.masker(config), backend);
        memory = new MemoryPlan(config, backend);
        learned = memory.learned();
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
     * @param resume continue from the directory's checkpoint
     * @return false if it was stopped before the end
     */
    public boolean run(boolean resume) {
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
        Progress progress = resume ? restore() : begin();
        meters = new Meters(
                config.run().batch() * stepsPerEpoch,
                progress.step() % stepsPerEpoch,
                progress.sums(),
                progress.clusters(),
                progress.labels());
        try (StopSignal stop = new StopSignal()) {
            return steps(progress.step(), stop);
        }
    }

    private Progress restore() {
        Progress progress =
                Checkpoint.restore(directory.checkpoint(), config, data.train().size(), backend, learned);
        log = TrainingLog.resume(directory.log(), progress.step());
        directory.writeConfig(config);
        view.note(String.format(
                "resumed after step %d (epoch %d, step %d of %d)",
                progress.step(), progress.step() / stepsPerEpoch + 1, progress.step() % stepsPerEpoch, stepsPerEpoch));
        return progress;
    }

    private Progress begin() {
        learned.initialize(config.run().seed());
        if (!config.run().init().isEmpty()) {
            view.note(new StartWeights(config).load(backend, learned));
        }
        log = TrainingLog.create(directory.log());
        directory.writeConfig(config);
        picture(0);
        if (knn.isEmpty()) {
            view.note("no online k-NN: it needs labelled training and validation images (train/ and val/)");
        } else {
            Map<String, Object> line = new LinkedHashMap<>();
            evaluate(line);
            log.add("eval", 0, 0, line);
            view.note("epoch 0 (before training)  " + describe(line));
        }
        return Progress.start();
    }

    private boolean steps(int first, StopSignal stop) {
        CropLoader.Options options = new CropLoader.Options(
                config.run().seed(),
                config.run().batch(),
                config.run().epochs(),
                first / stepsPerEpoch,
                first % stepsPerEpoch,
                threads,
                PREFETCH);
        MultiCropSettings crops = new MultiCropSettings(config.globalSize(), config.augmentation());
        Speed speed = new Speed(config.run().batch());
        EpochTimes times = new EpochTimes(stepsPerEpoch);
        int last = config.run().epochs() * stepsPerEpoch;
        int stepsPerLine = (last + STEP_LINES - 1) / STEP_LINES;
        try (CropLoader loader = new CropLoader(train, crops, options)) {
            long waited = 0;
            long start = System.nanoTime();
            for (int step = first; step < last; step++) {
                int epoch = step / stepsPerEpoch;
                if (step == first || step % stepsPerEpoch == 0) {
                    view.epoch(epoch, config.run().epochs(), step % stepsPerEpoch, stepsPerEpoch);
                }
                Losses losses = step(loader.next(), step);
                if ((step + 1) % stepsPerLine == 0) {
                    logStep(step + 1, losses);
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
                    endEpoch(epoch, step + 1, speed, times.end(), loader.waitedNanos() - waited);
                    waited = loader.waitedNanos();
                    start = System.nanoTime();
                }
                if (stop.requested()) {
                    save(step + 1);
                    view.note("stopped after step " + (step + 1) + "; continue with --resume --output "
                            + directory.folder());
                    return step + 1 == last;
                }
            }
        }
        return true;
    }

    /** A curve finer than the epochs' means, for short runs; of at most {@link #STEP_LINES} lines, for long ones. */
    private void logStep(int done, Losses losses) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("epochs_done", (double) done / stepsPerEpoch);
        line.put("loss", losses.total());
        line.put("cls", losses.cls());
        line.put("patch", losses.patch());
        line.put("restoration", losses.restoration());
        log.add("step", (done - 1) / stepsPerEpoch + 1, done, line);
    }

    private Losses step(CropBatch batch, int step) {
        int epoch = step / stepsPerEpoch;
        backend.write(learned.globals(), batch.globals(), 0);
        if (learned.locals() != null) {
            backend.write(learned.locals(), batch.locals(), 0);
        }
        learned.dropPath(config.run().seed(), step);
        Losses losses = learned.forwardBackward(
                new Temperatures(
                        schedules.teacherTemp().at(epoch),
                        schedules.teacherPatchTemp().at(epoch),
                        config.loss().studentTemp()),
                masks.at(step, config.masks(epoch)));
        if (!Double.isFinite(losses.total())) {
            throw new UserException("the loss is " + losses.total() + " at step " + (step + 1)
                    + "; nothing of this step was learned, " + directory.checkpoint()
                    + " holds the last good state; lower optimizer.learningRate");
        }
        double learningRate = schedules.learningRate().at(step);
        double weightDecay = schedules.weightDecay().at(step);
        learned.update(new Update(
                learningRate,
                weightDecay,
                config.optimizer().clipGradient(),
                config.lastLayerFrozen(epoch),
                schedules.teacherMomentum().at(step)));
        meters.add(losses, learningRate, weightDecay, batch.labels());
        batch.release();
        watch(losses, step + 1);
        return losses;
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
        Map<String, Object> line = new LinkedHashMap<>();
        meters.sums().keySet().forEach(name -> line.put("train_" + name, meters.mean(name)));
        line.put(
                "prototypes_in_use",
                CollapseMonitor.prototypesInUse(meters.clusters(), config.head().prototypes()));
        line.put("feature_deviation", monitor.featureDeviation());
        if (data.train().labelled()) {
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
        line.put("unreadable_images", train.unreadableCount());
        int done = epoch + 1;
        boolean last = done == config.run().epochs();
        if (last || (config.run().evalEvery() > 0 && done % config.run().evalEvery() == 0)) {
            evaluate(line);
            picture(done);
        }
        log.add("epoch", done, step, line);
        view.note(String.format(
                "epoch %d/%d  loss %.3f (%s)  teacher entropy %.0f %% of ln K  %.0f images/s%s",
                done,
                config.run().epochs(),
                meters.mean("loss"),
                losses(),
                100 * meters.mean("teacher_entropy") / Math.log(config.head().prototypes()),
                speed.imagesPerSecond(),
                describe(line)));
        meters.clear();
        if (last || done % config.run().checkpointEvery() == 0) {
            save(step);
        }
        if (config.run().keepEvery() > 0 && done % config.run().keepEvery() == 0) {
            Checkpoint.save(
                    directory.keptCheckpoint(done), config, data.train().size(), backend, learned, progress(step));
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
            pictures.write("epoch " + epoch, directory.maskPicture(epoch));
        }
    }

    private void save(int step) {
        Checkpoint.save(directory.checkpoint(), config, data.train().size(), backend, learned, progress(step));
    }

    private Progress progress(int step) {
        return new Progress(step, meters.sums(), meters.clusters(), meters.labels());
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
