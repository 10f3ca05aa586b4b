package attmask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.file.FullDisk;
import attmask.report.tensorboard.ShownEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardViewTest {
    @TempDir
    Path folder;

    private final List<String> notes = new ArrayList<>();

    /** Whatever cannot be read or written is in want of events, not of the run, and is said once. */
    @Test
    void trainingGoesOnWithoutEvents() throws IOException {
        Path log = Files.createFile(folder.resolve("log.jsonl"));
        try (ProgressView view = new TensorBoardView(folder, false, notes::add)) {
            view.epoch(0, 1, 0, 2);
            assertEquals(List.of(), notes);
            Files.delete(log);
            Files.createDirectories(log.resolve("not a log"));
            view.step(1, 1, 1, 1);
            view.step(2, 1, 1, 1);
            view.epoch(1, 2, 0, 2);
        }
        assertEquals(1, notes.size(), notes.toString());
        assertTrue(notes.get(0).startsWith("no events for TensorBoard ("), notes.get(0));
        assertTrue(notes.get(0).endsWith("); the training goes on, and tries again"), notes.get(0));
    }

    @Test
    void aFolderThatIsGoneIsSaid() {
        try (ProgressView view = new TensorBoardView(folder.resolve("gone"), false, notes::add)) {
            view.step(1, 1, 1, 1);
            view.epoch(0, 1, 0, 2);
        }
        assertEquals(
                List.of("no events for TensorBoard (no such file or folder); the training goes on, and tries again"),
                notes);
    }

    /**
     * The disk is full in the middle of a record, and for the first attempts after it; then there is room. Only whole
     * files and one torn record are left, each step is shown once, and each fullness is said once.
     */
    @Test
    void afterAFullDiskANewFileShowsTheRun() throws IOException {
        Path log = Files.createFile(folder.resolve("log.jsonl"));
        AtomicLong room = new AtomicLong(1000);
        FullDisk.after(room);
        try (ProgressView view = new TensorBoardView(folder, false, notes::add)) {
            view.epoch(0, 1, 0, 9);
            for (int step = 1; step <= 9; step++) {
                if (step == 3 || step == 8) {
                    room.set(20);
                } else if (step == 6 || step == 9) {
                    room.set(1000);
                }
                Files.writeString(log, step(step), StandardOpenOption.APPEND);
                view.step(step, 1, 1, 1);
                if (step == 4) {
                    assertEquals(1, ShownEvents.files(folder).size(), "a file without its beginning is left");
                    room.set(60);
                }
            }
        } finally {
            FullDisk.end();
        }
        SortedMap<Long, Double> shown = new ShownEvents(folder).curve("loss_of_step/total");
        assertEquals(9, shown.size(), shown.toString());
        shown.forEach((step, loss) -> assertEquals(step.doubleValue(), loss));
        assertEquals(3, ShownEvents.files(folder).size());
        assertEquals(2, notes.size(), notes.toString());
        assertTrue(notes.get(0).contains("(No space left on device)"), notes.get(0));
    }

    private static String step(int step) {
        return "{\"kind\":\"step\",\"epoch\":1,\"step\":" + step + ",\"loss\":" + step + "}\n";
    }

    /** Until the log has more to show, nothing is tried again. */
    @Test
    void aDiskThatStaysFullIsNotAskedEachStep() throws IOException {
        Path log = Files.createFile(folder.resolve("log.jsonl"));
        AtomicLong room = new AtomicLong(1000);
        FullDisk.after(room);
        try (ProgressView view = new TensorBoardView(folder, false, notes::add)) {
            view.epoch(0, 1, 0, 9);
            room.set(0);
            Files.writeString(log, step(1));
            view.step(1, 1, 1, 1);
            room.set(1000);
            view.step(2, 1, 1, 1);
            assertEquals(1000, room.get());
        } finally {
            FullDisk.end();
        }
    }

    /** The log's last line is written after the last step. */
    @Test
    void whatIsLoggedAtTheEndIsThere() throws IOException {
        Path log = Files.createFile(folder.resolve("log.jsonl"));
        try (ProgressView view = new TensorBoardView(folder, false, notes::add)) {
            view.epoch(0, 1, 0, 1);
            view.step(1, 1, 1, 1);
            Files.writeString(log, "{\"kind\":\"epoch\",\"epoch\":1,\"step\":1,\"train_loss\":2}\n");
        }
        assertEquals(2, new ShownEvents(folder).curve("loss/total").get(1L));
    }

    /** A run that went back begins another file, so that the steps done in vain are forgotten. */
    @Test
    void whatARewindTakesBackIsNotShown() throws IOException {
        Path log = folder.resolve("log.jsonl");
        String first = "{\"kind\":\"step\",\"epoch\":1,\"step\":1,\"loss\":1}\n";
        Files.writeString(log, first);
        try (ProgressView view = new TensorBoardView(folder, false, notes::add)) {
            view.epoch(0, 2, 0, 4);
            Files.writeString(log, first + first.replace("1", "2") + first.replace("1", "3"));
            view.step(3, 1, 1, 1);
            assertEquals(Map.of(1L, 1.0, 2L, 2.0, 3L, 3.0), new ShownEvents(folder).curve("loss_of_step/total"));
            Files.writeString(log, first);
            view.epoch(0, 2, 1, 4);
            Files.writeString(log, first + first.replace("1", "2").replace("2}", "5}"));
            view.step(2, 1, 1, 1);
        }
        assertEquals(List.of(), notes);
        assertEquals(Map.of(1L, 1.0, 2L, 5.0), new ShownEvents(folder).curve("loss_of_step/total"));
    }
}
