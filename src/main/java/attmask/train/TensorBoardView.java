package attmask.train;

import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.report.tensorboard.RunEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Keeps a run's event files for TensorBoard up to date while it trains. Nothing of the run depends on them: if they cannot be
 * written, on a full disk say, that is said once and the training goes on. When the log has gained a line, or an epoch
 * begins, it tries again, with a new file that shows the run from its beginning.
 */
public final class TensorBoardView implements ProgressView {
    private static final long UNKNOWN = -1;

    private final Path folder;
    private final Path log;
    private final boolean resume;
    private final Consumer<String> notes;
    private RunEvents events;
    /** The last file ends before the log does. */
    private boolean failing;
    /** Bytes of the log when it failed. */
    private long tried;
    /** Steps done before the epoch that comes next. */
    private int next;

    /**
     * Writes into a run's folder, from its first epoch on.
     *
     * @param resume the run goes on from its checkpoint
     * @param notes told if events cannot be written
     */
    public TensorBoardView(Path folder, boolean resume, Consumer<String> notes) {
        this.folder = folder;
        log = folder.resolve("log.jsonl");
        this.resume = resume;
        this.notes = notes;
    }

    /** Only from here on does the log of a run that was continued, or went back, end where its checkpoint does. */
    @Override
    public void epoch(int epoch, int epochs, int first, int steps) {
        boolean back = epoch * steps + first < next;
        next = (epoch + 1) * steps;
        if (back) {
            closeQuietly();
        }
        follow(resume || back);
    }

    @Override
    public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
        update();
    }

    /** Other threads speak here too, and what they say is not in the log. */
    @Override
    public void note(String line) {}

    private void update() {
        if (events != null || failing && bytesOfLog() != tried) {
            follow(false);
        }
    }

    /** @param rest whether earlier files show what the log has, if there is none to go on with */
    private void follow(boolean rest) {
        try {
            if (events == null) {
                events = rest && !failing
                        ? RunEvents.ofRest(folder, TensorBoardView::now)
                        : RunEvents.ofAll(folder, TensorBoardView::now);
            }
            events.update();
            failing = false;
        } catch (IOException e) {
            failed(FileProblem.reason(e));
        } catch (UserException e) {
            failed(e.getMessage());
        }
    }

    private void failed(String reason) {
        if (!failing) {
            notes.accept("no events for TensorBoard (" + reason + "); the training goes on, and tries again");
        }
        failing = true;
        tried = bytesOfLog();
        closeQuietly();
    }

    private long bytesOfLog() {
        try {
            return Files.size(log);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static double now() {
        return System.currentTimeMillis() / 1e3;
    }

    @Override
    public void close() {
        update();
        closeQuietly();
    }

    private void closeQuietly() {
        try {
            if (events != null) {
                events.close();
            }
        } catch (IOException e) {
            // All that could be written was written before.
        }
        events = null;
    }
}
