package attmask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.report.tensorboard.ShownEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardViewTest {
    @TempDir
    Path folder;

    private final List<String> notes = new ArrayList<>();

    /** Whatever cannot be read or written ends the events, not the run, and is said once. */
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
        assertTrue(notes.get(0).startsWith("no more events for TensorBoard ("), notes.get(0));
        assertTrue(notes.get(0).endsWith("); the training goes on"), notes.get(0));
    }

    @Test
    void aFolderThatIsGoneIsSaid() {
        try (ProgressView view = new TensorBoardView(folder.resolve("gone"), false, notes::add)) {
            view.step(1, 1, 1, 1);
            view.epoch(0, 1, 0, 2);
        }
        assertEquals(List.of("no more events for TensorBoard (no such file or folder); the training goes on"), notes);
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
