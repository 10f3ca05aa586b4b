package attmask.train;

import attmask.checkpoint.Checkpoint;
import attmask.checkpoint.LastCheckpoints;
import attmask.checkpoint.Progress;
import attmask.checkpoint.Rewinds;
import attmask.config.NonFiniteException;
import attmask.config.OnNonFinite;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.ImageSource;
import attmask.ops.Backend;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a run is: what its checkpoints hold beside what was learned, and its log, which is never behind them. Writes
 * checkpoints, and goes on from them or back to them.
 */
final class RunState {
    private final TrainConfig config;
    private final Backend backend;
    private final RunDirectory directory;
    private final ImageSource images;
    private final SelfDistillation learned;
    private final CollapseMonitor monitor;
    private final Checkpoints checkpoints;
    private final ProgressView view;
    private final int stepsPerEpoch;
    private TrainingLog log;
    private Meters meters;
    private SkippedSteps skipped;
    private Rewinds rewinds = Rewinds.NONE;
    /** A checkpoint waits for a step that is learned from. */
    private boolean due;
    /** What was learned after so many steps is known to be finite. */
    private int finite;

    /**
     * Nothing is read or written before {@link #begin} or {@link #resume}.
     *
     * @param images of training
     */
    RunState(
            TrainConfig config,
            Backend backend,
            RunDirectory directory,
            ImageSource images,
            SelfDistillation learned,
            CollapseMonitor monitor,
            Checkpoints checkpoints,
            ProgressView view) {
        this.config = config;
        this.backend = backend;
        this.directory = directory;
        this.images = images;
        this.learned = learned;
        this.monitor = monitor;
        this.checkpoints = checkpoints;
        this.view = view;
        stepsPerEpoch = config.stepsPerEpoch(images.size());
    }

    /** With a checkpoint before anything of the run's is in the folder, so that from then on it can be resumed. */
    int begin() {
        if (directory.checkpoints().exist()) {
            throw new UserException(
                    directory.folder() + " has got a run of another process this moment; choose another --output");
        }
        directory.writeConfig(config);
        save(directory.checkpoints(), Progress.start());
        start(Progress.start());
        return 0;
    }

    /** @return steps done */
    int resume() {
        Progress progress = read();
        rewinds = progress.rewinds();
        directory.writeConfig(config);
        start(progress);
        view.note(String.format(
                "resumed after step %d (epoch %d, step %d of %d)",
                progress.step(), progress.step() / stepsPerEpoch + 1, progress.step() % stepsPerEpoch, stepsPerEpoch));
        return progress.step();
    }

    /**
     * Goes back to the last checkpoint.
     *
     * @param reason why the run cannot go on
     * @param epoch under way, from 0
     * @return steps done there
     * @throws NonFiniteException if the settings say otherwise, or it has not helped before
     */
    int rewind(String reason, int epoch) {
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

    private Progress read() {
        return checkpoints.restore(file -> Checkpoint.restore(file, config, images.size(), backend, learned));
    }

    private void start(Progress progress) {
        log = TrainingLog.after(directory.log(), progress.step(), rewinds.total(), view::note);
        skipped = new SkippedSteps(directory, log, images, config.run().skipLimit(), checkpoints);
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

    TrainingLog log() {
        return log;
    }

    /** Of the epoch so far. */
    Meters meters() {
        return meters;
    }

    /** What the learning rate is multiplied by. */
    double rateFactor() {
        return rewinds.rateFactor();
    }

    /** Whether the run has ever gone back. */
    boolean wasRewound() {
        return rewinds.total() > 0;
    }

    /** A step was learned from. */
    void learnedFrom() {
        skipped.learned();
    }

    /**
     * A step was not: nothing has changed since the steps before it.
     *
     * @param offending name of what is not finite
     * @param done steps before it
     * @throws NonFiniteException if it is one too many in a row, or what was learned before it is not finite
     */
    void skip(String offending, Losses losses, StepImages taken, int done, double learningRate) {
        String line = skipped.skip(offending, losses, taken, done + 1, learningRate, file -> keep(file, done));
        meters.skip();
        view.note(line);
        requireFinite(done);
    }

    /** An epoch's steps are done; without one more than before, going back again would be in vain. */
    void epochDone(int epochs, int step) {
        requireFinite(step);
        rewinds = rewinds.done(epochs);
    }

    /** The next epoch begins: its predecessor's checkpoints are written where the settings ask for them. */
    void endEpoch(int epochs, int step) {
        meters.clear();
        // First, so that a run that is cut off and resumed here has it too.
        if (config.run().keepEvery() > 0 && epochs % config.run().keepEvery() == 0) {
            checkpoints.tryToWrite(
                    "kept checkpoint of epoch " + epochs, () -> keep(directory.keptCheckpoint(epochs), step));
        }
        if (epochs == config.run().epochs()) {
            checkpoints.write(step, log, newest -> save(newest, progress(step)));
        } else if (epochs % config.run().checkpointEvery() == 0) {
            due = true;
            saveIfDue(step);
        }
    }

    /** Of the checkpoints within epochs. */
    void endStep(int step) {
        int every = config.run().checkpointEverySteps();
        due |= every > 0 && step % every == 0;
        saveIfDue(step);
    }

    /** Between steps that are left out nothing is learned, and a run would go back into the midst of them. */
    private void saveIfDue(int step) {
        if (due && !skipped.inRow()) {
            due = false;
            tryToSave(step);
        }
    }

    /** @return whether it was written; if not, that was said */
    boolean tryToSave(int step) {
        requireFinite(step);
        return checkpoints.tryToWrite(step, log, last -> save(last, progress(step)));
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

    private void save(LastCheckpoints last, Progress progress) {
        directory.keepConfig(config);
        Checkpoint.save(last, config, images.size(), backend, learned, progress);
    }

    private void keep(Path file, int step) {
        Checkpoint.keep(file, config, images.size(), backend, learned, progress(step));
    }

    private Progress progress(int step) {
        return new Progress(step, meters.sums(), meters.clusters(), meters.labels(), monitor.shown(), rewinds);
    }
}
