package attmask.train;

import attmask.checkpoint.Checkpoint;
import attmask.checkpoint.ClassifierCheckpoint;
import attmask.checkpoint.ClassifierCheckpoint.Experiment;
import attmask.checkpoint.ClassifierCheckpoint.Progress;
import attmask.checkpoint.LastCheckpoints;
import attmask.config.FineTuneConfig;
import attmask.config.ModelConfig;
import attmask.config.Range;
import attmask.config.UserException;
import attmask.data.BatchMix;
import attmask.data.CropBatch;
import attmask.data.CropLoader;
import attmask.data.DataSet;
import attmask.data.MultiCropSettings;
import attmask.data.ReadableImages;
import attmask.eval.ImageClassifier;
import attmask.eval.SupervisedStep;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.optim.Schedule;
import attmask.optim.ScheduleCosine;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains a whole network with labels and evaluates it after every epoch. A run continued from its checkpoint goes on bit
 * for bit as if it had never stopped.
 */
public final class FineTuner implements AutoCloseable {
    private static final int PREFETCH = 2;
    private static final int EVAL_BATCH = 128;

    private final FineTuneConfig settings;
    private final Backend backend;
    private final Experiment experiment;
    private final RunDirectory directory;
    private final ReadableImages train;
    private final ReadableImages validation;
    private final ProgressView view;
    private final int threads;
    private final int checkpointEverySteps;
    private final int stepsPerEpoch;
    private final Schedule learningRate;
    private final SupervisedStep learned;
    private final ImageClassifier evaluated;
    private final float[] targets;
    private final Checkpoints checkpoints;
    private TrainingLog log;
    private double lossSum;
    /** In the epoch so far. */
    private int unreadable;

    private double best;
    private int bestEpoch;
    private double last = Double.NaN;

    /**
     * Plans the run; {@link #run} takes the memory.
     *
     * @param model as it was pre-trained
     * @param data labelled images, both kinds
     * @param threads that decode images
     * @param checkpointEverySteps steps between checkpoints beside those of each epoch; 0 for none
     * @throws UserException if there are fewer images than a batch holds
     */
    public FineTuner(
            FineTuneConfig settings,
            ModelConfig model,
            Backend backend,
            RunDirectory directory,
            DataSet data,
            ProgressView view,
            int threads,
            int checkpointEverySteps) {
        this.settings = settings;
        this.backend = backend;
        this.directory = directory;
        this.view = view;
        this.threads = threads;
        this.checkpointEverySteps = checkpointEverySteps;
        checkpoints = new Checkpoints(directory, view);
        ModelConfig dropping = new ModelConfig(
                model.image(),
                model.patch(),
                model.width(),
                model.depth(),
                model.heads(),
                model.mlpRatio(),
                settings.dropPath());
        List<String> classes = data.train().classes();
        experiment = new Experiment(dropping, settings, classes, data.train().size());
        train = new ReadableImages(data.train(), line -> view.note("skipped unreadable image " + line));
        validation = new ReadableImages(data.validation(), line -> view.note("skipped unreadable image " + line));
        stepsPerEpoch = data.train().size() / settings.batch();
        if (stepsPerEpoch == 0) {
            throw new UserException("--batch is " + settings.batch() + "; it must be at most the number of images ("
                    + data.train().size() + ")");
        }
        learningRate = new ScheduleCosine(
                Math.multiplyExact(settings.epochs(), stepsPerEpoch),
                settings.warmupEpochs() * stepsPerEpoch,
                settings.peakLearningRate(),
                settings.minLearningRate());
        boolean averaged = settings.ema() > 0;
        learned = new SupervisedStep(
                backend, dropping, classes.size(), settings.batch(), settings.layerDecay(), averaged);
        evaluated = new ImageClassifier(
                backend, dropping, averaged ? learned.average() : learned.weights(), evalBatch(data));
        targets = new float[settings.batch() * classes.size()];
    }

    private static int evalBatch(DataSet data) {
        return Math.max(1, Math.min(EVAL_BATCH, data.validation().size()));
    }

    /** The pieces of memory, for the table shown before they are taken. */
    public List<Arena> arenas() {
        List<Arena> arenas = new ArrayList<>(learned.arenas());
        arenas.addAll(evaluated.arenas());
        return arenas;
    }

    public int stepsPerEpoch() {
        return stepsPerEpoch;
    }

    /**
     * Top-1 on the validation images, in percent.
     *
     * @param last after the last epoch: the result
     * @param best after any epoch
     * @param bestEpoch from 1
     * @param finished false if the run was stopped before the end
     */
    public record Result(double last, double best, int bestEpoch, boolean finished) {}

    /**
     * Trains to the end, or until the process is asked to stop.
     *
     * @param pretrained checkpoint whose teacher's backbone the network starts from
     * @param resume continue from the directory's checkpoint instead
     */
    public Result run(Path pretrained, boolean resume) {
        try (SaveSignal save = new SaveSignal()) {
            learned.allocate();
            evaluated.allocate();
            if (!resume) {
                initialize(pretrained);
            }
            try (RunLock lock = directory.lock()) {
                return train(resume ? restore() : begin(), save);
            }
        }
    }

    private Result train(int first, SaveSignal save) {
        boolean finished;
        try (StopSignal stop = new StopSignal()) {
            finished = steps(first, stop, save);
        }
        if (finished && Double.isNaN(last)) {
            last = evaluated.accuracy(validation, threads);
        }
        return new Result(last, best, bestEpoch, finished);
    }

    /** Before there is a folder: a file that no run can start from leaves none. */
    private void initialize(Path pretrained) {
        learned.weights().initialize(backend, settings.seed());
        if (!settings.fromScratch()) {
            takeBackbone(pretrained);
        }
        if (learned.average() != null) {
            learned.startAverage();
        }
    }

    private int restore() {
        Progress progress = checkpoints.restore(file -> ClassifierCheckpoint.restore(
                file, experiment, backend, learned.weights(), learned.average(), learned.optimizer()));
        start(progress);
        view.note("resumed after step " + progress.step() + " of " + settings.epochs() * stepsPerEpoch);
        return progress.step();
    }

    private int begin() {
        save(directory.checkpoints(), Progress.START);
        start(Progress.START);
        return 0;
    }

    private void start(Progress progress) {
        log = TrainingLog.after(directory.log(), progress.step(), view::note);
        lossSum = progress.loss();
        unreadable = progress.unreadable();
        best = progress.best();
        bestEpoch = progress.bestEpoch();
    }

    private void takeBackbone(Path pretrained) {
        try (Arena arena = new Arena("pre-trained")) {
            Parameters backbone = new Parameters(NetworkParameters.backbone(experiment.model()), arena, backend);
            arena.allocate(backend::allocate);
            Checkpoint.readTeacher(pretrained, backend, backbone);
            backbone.layout()
                    .parameters()
                    .forEach(p -> backend.copy(learned.weights().get(p.name()), backbone.get(p.name())));
        }
    }

    private boolean steps(int first, StopSignal stop, SaveSignal saveSignal) {
        CropLoader.Options options = new CropLoader.Options(
                settings.seed(),
                settings.batch(),
                settings.epochs(),
                first / stepsPerEpoch,
                first % stepsPerEpoch,
                threads,
                PREFETCH);
        MultiCropSettings crops = MultiCropSettings.single(
                experiment.model().image(), new Range(settings.smallestCrop(), 1), settings.erasing());
        Speed speed = new Speed(settings.batch());
        int end = settings.epochs() * stepsPerEpoch;
        try (CropLoader loader = new CropLoader(train, crops, options)) {
            long start = System.nanoTime();
            for (int step = first; step < end; step++) {
                int inEpoch = step % stepsPerEpoch;
                if (step == first || inEpoch == 0) {
                    view.epoch(step / stepsPerEpoch, settings.epochs(), inEpoch, stepsPerEpoch);
                }
                double loss = step(next(loader, step), step);
                speed.add(System.nanoTime() - start);
                start = System.nanoTime();
                view.step(inEpoch + 1, loss, speed.imagesPerSecond(), (end - step - 1) * speed.secondsPerStep());
                if (inEpoch + 1 == stepsPerEpoch) {
                    endEpoch(step + 1, speed);
                    start = System.nanoTime();
                }
                if (saveSignal.taken() && tryToSave(step + 1)) {
                    view.note("checkpoint written after step " + (step + 1));
                }
                if (checkpointEverySteps > 0 && (step + 1) % checkpointEverySteps == 0) {
                    tryToSave(step + 1);
                }
                if (stop.requested()) {
                    tryToSave(step + 1);
                    view.note("stopped after step " + (step + 1) + "; the same command with --resume continues");
                    return step + 1 == end;
                }
            }
        }
        return true;
    }

    /** If there are no images any more, what was learned up to now is kept. */
    private CropBatch next(CropLoader loader, int step) {
        try {
            return loader.next();
        } catch (UserException e) {
            tryToSave(step);
            throw e;
        }
    }

    private double step(CropBatch batch, int step) {
        BatchMix mix = BatchMix.draw(
                settings.mixup(),
                settings.cutmix(),
                experiment.model().image(),
                new RandomStream(settings.seed(), Purpose.MIX, step, 0));
        mix.apply(batch.globals(), batch.rows(), experiment.model().image());
        mix.targets(targets, batch.labels(), experiment.classes().size(), settings.smoothing());
        backend.write(learned.images(), batch.globals(), 0);
        backend.write(learned.targets(), targets, 0);
        int replaced = batch.replaced();
        batch.release();
        learned.dropPath(settings.seed(), step);
        double loss = learned.forwardBackward();
        if (!Double.isFinite(loss)) {
            throw new UserException("the loss is " + loss + " at step " + (step + 1)
                    + "; nothing of this step was learned; lower --lr");
        }
        learned.update(learningRate.at(step), settings.weightDecay());
        if (learned.average() != null) {
            learned.updateAverage(settings.ema());
        }
        lossSum += loss;
        unreadable += replaced;
        return loss;
    }

    private void endEpoch(int step, Speed speed) {
        int epoch = step / stepsPerEpoch;
        last = evaluated.accuracy(validation, threads);
        if (bestEpoch == 0 || last > best) {
            best = last;
            bestEpoch = epoch;
        }
        double loss = lossSum / stepsPerEpoch;
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("train_loss", loss);
        line.put("train_lr", learningRate.at(step - 1));
        line.put("top1", last);
        line.put("images_per_s", speed.imagesPerSecond());
        line.put("unreadable_images", unreadable);
        lossSum = 0;
        unreadable = 0;
        log.add("epoch", epoch, step, line);
        view.note(String.format(
                "epoch %d/%d  loss %.3f  top-1 %.2f %%  %.0f images/s",
                epoch, settings.epochs(), loss, last, speed.imagesPerSecond()));
        if (epoch == settings.epochs()) {
            checkpoints.write(step, log, newest -> save(newest, progress(step)));
        } else {
            tryToSave(step);
        }
    }

    private boolean tryToSave(int step) {
        return checkpoints.tryToWrite(step, log, newest -> save(newest, progress(step)));
    }

    private void save(LastCheckpoints newest, Progress progress) {
        ClassifierCheckpoint.save(
                newest, experiment, backend, learned.weights(), learned.average(), learned.optimizer(), progress);
    }

    private Progress progress(int step) {
        return new Progress(step, lossSum, unreadable, best, bestEpoch);
    }

    @Override
    public void close() {
        evaluated.close();
        learned.close();
    }
}
