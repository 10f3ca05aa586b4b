package attmask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import attmask.config.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLogTest {
    @TempDir
    Path folder;

    private final List<String> notes = new ArrayList<>();
    private Path file;

    @BeforeEach
    void start() {
        file = folder.resolve("log.jsonl");
    }

    private TrainingLog after(int step) {
        return TrainingLog.after(file, step, notes::add);
    }

    private static void add(TrainingLog log, int step) {
        log.add("step", 1, step, Map.of("loss", 0.5 * step));
    }

    private static String line(int step) {
        return "{\"kind\":\"step\",\"epoch\":1,\"step\":" + step + ",\"loss\":" + 0.5 * step + "}";
    }

    @Test
    void laterLinesAndTornOnesAreDropped() throws IOException {
        Files.writeString(file, "of another run\n");
        TrainingLog log = after(0);
        for (int step = 1; step <= 4; step++) {
            add(log, step);
        }
        // A crash of the machine may leave anything at the end.
        Files.write(file, line(2).substring(0, 20).getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
        Files.write(file, new byte[] {0, -1, -2}, StandardOpenOption.APPEND);
        add(after(3), 4);
        assertEquals(List.of(line(1), line(2), line(3), line(4)), Files.readAllLines(file));
        // The last line is whole but for its line feed.
        Files.writeString(file, line(1) + "\n" + line(2));
        add(after(2), 3);
        assertEquals(List.of(line(1), line(2), line(3)), Files.readAllLines(file));
        assertEquals(List.of(), notes);
    }

    /** A line of which the disk took a part only is written over. */
    @Test
    void whatWasCutOffIsWrittenOver() throws IOException {
        TrainingLog log = after(0);
        add(log, 1);
        Files.writeString(file, line(2).substring(0, 9).repeat(20), StandardOpenOption.APPEND);
        add(log, 2);
        assertEquals(List.of(line(1), line(2)), Files.readAllLines(file));
    }

    @Test
    void linesWaitForADiskWithRoom() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "this system has no /dev/full");
        TrainingLog log = after(0);
        add(log, 1);
        Path there = folder.resolve("there");
        Files.move(file, there);
        Files.createSymbolicLink(file, full);
        add(log, 2);
        add(log, 3);
        assertEquals(1, notes.size(), "told once: " + notes);
        assertTrue(notes.get(0).startsWith("WARNING: cannot write " + file + ": No space left"), notes.get(0));
        assertTrue(assertThrows(UserException.class, log::sync).getMessage().contains("No space left"));
        Files.delete(file);
        Files.move(there, file);
        log.sync();
        add(log, 4);
        assertEquals(List.of(line(1), line(2), line(3), line(4)), Files.readAllLines(file));
    }

    @Test
    void aLogThatIsGoneIsBegunAgain() throws IOException {
        TrainingLog log = after(0);
        add(log, 1);
        Files.delete(file);
        add(log, 2);
        assertEquals(List.of(line(2)), Files.readAllLines(file));
    }
}
