package attmask.train;

import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.report.tensorboard.RunEvents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Keeps a run's event files for TensorBoard up to date while it trains. Nothing of the run depends on them: if they cannot be
 * written any more, that is said once and the training goes on.
 */
public final class TensorBoardView implements ProgressView {
    private final Path folder;
    private final boolean resume;
    private final Consumer<String> notes;
    private RunEvents events;
    private boolean gaveUp;
    /** Steps done before the epoch that comes next. */
    private int next;

    /**
     * Writes into a run's folder, from its first epoch on.
     *
     * @param resume the run goes on from its checkpoint
     * @param notes told if there will be no more events
     */
    public TensorBoardView(Path folder, boolean resume, Consumer<String> notes) {
        this.folder = folder;
        this.resume = resume;
        this.notes = notes;
    }

    /** Only from here on does the log of a run that was continued, or went back, end where its checkpoint does. */
    @Override
    public void epoch(int epoch, int epochs, int first, int steps) {
        attempt(() -> {
            boolean back = epoch * steps + first < next;
            next = (epoch + 1) * steps;
            if (back) {
                closeQuietly();
            }
            if (events == null) {
                events = resume || back
                        ? RunEvents.ofRest(folder, TensorBoardView::now)
                        : RunEvents.ofAll(folder, TensorBoardView::now);
            }
            events.update();
        });
    }

    @Override
    public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
        attempt(this::update);
    }

    /** Other threads speak here too, and what they say is not in the log. */
    @Override
    public void note(String line) {}

    private void update() throws IOException {
        if (events != null) {
            events.update();
        }
    }

    /** Something that writes. */
    private interface Writing {
        void run() throws IOException;
    }

    private void attempt(Writing writing) {
        if (gaveUp) {
            return;
        }
        try {
            writing.run();
        } catch (IOException e) {
            giveUp(FileProblem.reason(e));
        } catch (UserException e) {
            giveUp(e.getMessage());
        }
    }

    private void giveUp(String reason) {
        gaveUp = true;
        notes.accept("no more events for TensorBoard (" + reason + "); the training goes on");
        closeQuietly();
    }

    private static double now() {
        return System.currentTimeMillis() / 1e3;
    }

    @Override
    public void close() {
        attempt(this::update);
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
