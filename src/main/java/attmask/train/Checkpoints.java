package attmask.train;

import attmask.checkpoint.LastCheckpoints;
import attmask.config.UserException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Writes a run's checkpoints and goes back to them. A run outlives what it cannot write: it says so, goes on, and tries
 * again when the next one is due; only the last checkpoint has no next.
 */
final class Checkpoints {
    private final RunDirectory directory;
    private final ProgressView view;
    private int written = -1;

    Checkpoints(RunDirectory directory, ProgressView view) {
        this.directory = directory;
        this.view = view;
    }

    /**
     * Reads the newest checkpoint that is whole; says so if that is not the newest.
     *
     * @param read takes all there is in a file
     * @throws UserException if there is none, or it is of another experiment
     */
    <T> T restore(Function<Path, T> read) {
        LastCheckpoints last = directory.checkpoints();
        LastCheckpoints.Good good = last.good();
        good.note().ifPresent(note -> view.note("WARNING: " + note + "; the steps after it are done again"));
        T restored = read.apply(good.file());
        written = -1;
        last.goOnFrom(good).ifPresent(file -> view.note("the damaged checkpoint is now " + file));
        return restored;
    }

    /**
     * Writes a checkpoint after so many steps, unless that was done already. The log is on the disk before it, so that
     * none of its lines is missing from a run that goes on from here.
     *
     * @throws UserException if it cannot be written; the last two are as they were
     */
    void write(int step, TrainingLog log, Consumer<LastCheckpoints> save) {
        if (step != written) {
            directory.makeFolders();
            log.sync();
            save.accept(directory.checkpoints());
            written = step;
        }
    }

    /** The same for one that there will be others after. */
    boolean tryToWrite(int step, TrainingLog log, Consumer<LastCheckpoints> save) {
        return tryToWrite("checkpoint after step " + step, () -> write(step, log, save));
    }

    /**
     * Writes something that the run can do without.
     *
     * @param what it is, for people
     */
    boolean tryToWrite(String what, Runnable write) {
        try {
            write.run();
            return true;
        } catch (UserException e) {
            view.note("WARNING: no " + what + ": " + e.getMessage() + "; the run goes on");
            return false;
        }
    }
}
