package attmask.train;

import attmask.config.NonFiniteException;
import attmask.config.UserException;
import attmask.data.ImageSource;
import attmask.file.FileProblem;
import attmask.ssl.Losses;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What becomes of steps whose loss or gradient is not finite: nothing of them is learned; each is logged, the first ones
 * with a file of their own that names the images, and the very first with the state before them; too many in a row end
 * the run or take it back.
 */
final class SkippedSteps {
    /** Files of single steps, so that a run that goes on for long fills no disk. */
    private static final int MOST_FILES = 100;
    /** States in the folder; each is as large as a checkpoint. */
    private static final int MOST_STATES = 3;

    private final RunDirectory directory;
    private final TrainingLog log;
    private final ImageSource images;
    private final int limit;
    private final Checkpoints checkpoints;
    private int inRow;
    private int files;

    /**
     * @param limit steps in a row that are too many
     * @param checkpoints says what cannot be written
     */
    SkippedSteps(RunDirectory directory, TrainingLog log, ImageSource images, int limit, Checkpoints checkpoints) {
        this.directory = directory;
        this.log = log;
        this.images = images;
        this.limit = limit;
        this.checkpoints = checkpoints;
    }

    /** A step was learned from. */
    void learned() {
        inRow = 0;
    }

    /** Whether the last step was learned from. */
    boolean inRow() {
        return inRow > 0;
    }

    /**
     * A step was not.
     *
     * @param offending name of what is not finite
     * @param step its number, from 1
     * @param save writes all that is learned to a file
     * @return a line for people
     * @throws NonFiniteException if it is one too many in a row
     */
    String skip(String offending, Losses losses, StepImages taken, int step, double learningRate, Consumer<Path> save) {
        inRow++;
        SkippedStep what = new SkippedStep(
                step,
                taken.epoch() + 1,
                offending,
                Double.toString(losses.total()),
                inRow,
                learningRate,
                Arrays.stream(taken.indices()).boxed().toList(),
                Arrays.stream(taken.indices()).mapToObj(images::name).toList(),
                Optional.empty());
        log.add("skipped", what.epoch(), step, what.line());
        if (files < MOST_FILES) {
            files++;
            checkpoints.tryToWrite("record of the skipped step " + step, () -> write(what, save));
        }
        String line = "step " + step + " skipped: " + offending + " is not finite (loss " + losses.total() + ")";
        if (inRow >= limit) {
            throw new NonFiniteException(line + ", " + inRow + " in a row");
        }
        return line;
    }

    private void write(SkippedStep step, Consumer<Path> save) {
        directory.makeFolders();
        Path state = directory.skippedState(step.step());
        boolean saved = statesBeside(state) < MOST_STATES
                && checkpoints.tryToWrite("state before the skipped step " + step.step(), () -> save.accept(state));
        (saved ? step.with(state) : step).write(directory.skippedStep(step.step()));
    }

    /** Those of other steps, of earlier processes too. */
    private static int statesBeside(Path state) {
        int others = 0;
        try (DirectoryStream<Path> states = Files.newDirectoryStream(state.getParent(), "step-*.safetensors")) {
            for (Path file : states) {
                others += file.equals(state) ? 0 : 1;
            }
        } catch (IOException e) {
            throw new UserException(
                    "cannot read " + state.getParent() + ": " + FileProblem.reason(e) + "; check its permissions", e);
        }
        return others;
    }
}
