package attmask.train;

import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.file.WholeFile;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * {@code log.jsonl}: one JSON object a line, each with {@code kind} (step, epoch, eval, collapse, skipped or rewind), {@code epoch}, the number of
 * epochs done or of the one that a step belongs to, and {@code step}, the number of steps done. One line of pandas
 * reads it. Lines that cannot be written, on a full disk say, are kept and come with the next.
 */
final class TrainingLog {
    /** Kind of a line, and its field that counts them. */
    static final String REWIND = "rewind";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Consumer<String> notes;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    /** Bytes of whole lines in the file; a line that was cut off behind them is written over. */
    private long length;

    private boolean failing;

    private TrainingLog(Path file, String text, Consumer<String> notes) {
        this.file = file;
        this.notes = notes;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        length = bytes.length;
        WholeFile.write(file, out -> out.write(bytes));
    }

    /**
     * Goes on after the checkpoint at {@code step}: later lines, written before the run was cut off, are dropped. At the
     * start of a run, all are.
     *
     * @param notes gets a line when the log cannot be written
     * @throws UserException if it cannot be read, or written now
     */
    static TrainingLog after(Path file, int step, Consumer<String> notes) {
        return after(file, step, 0, notes);
    }

    /**
     * The same for a run that went back to checkpoints.
     *
     * @param rewinds the lines of so many are kept; with any, those of step 0 too
     */
    static TrainingLog after(Path file, int step, int rewinds, Consumer<String> notes) {
        boolean any = step > 0 || rewinds > 0;
        try {
            // Bytes that a crash of the machine left behind need not be UTF-8.
            String text = any && Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
            return new TrainingLog(
                    file,
                    text.lines()
                            .filter(line -> number(line, "step", Long.MAX_VALUE) <= step)
                            .filter(line -> number(line, REWIND, 0) <= rewinds)
                            .map(line -> line + "\n")
                            .collect(Collectors.joining()),
                    notes);
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + FileProblem.reason(e) + "; check the file", e);
        }
    }

    /** A line that was cut off in the middle belongs to no step that is kept. */
    private static long number(String line, String name, long missing) {
        try {
            JsonNode number = JSON.readTree(line).path(name);
            return number.isNumber() ? number.asLong() : missing;
        } catch (JsonProcessingException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Appends a line; if that fails, it is noted once and the line comes with the next. */
    void add(String kind, int epoch, int step, Map<String, ?> values) {
        ObjectNode line = JSON.createObjectNode();
        line.put("kind", kind).put("epoch", epoch).put("step", step);
        values.forEach((name, value) -> line.set(name, JSON.valueToTree(value)));
        pending.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            append(false);
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                notes.accept("WARNING: cannot write " + file + ": " + FileProblem.reason(e)
                        + "; the run goes on and keeps the lines until it can");
            }
            failing = true;
        }
    }

    /**
     * All lines are on the disk after this.
     *
     * @throws UserException if they cannot be
     */
    void sync() {
        try {
            append(true);
        } catch (IOException e) {
            throw new UserException(
                    "cannot write " + file + ": " + FileProblem.reason(e) + "; free space or make it writable", e);
        }
    }

    private void append(boolean force) throws IOException {
        if (!Files.exists(file)) {
            length = 0;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.truncate(length);
            channel.position(length);
            ByteBuffer lines = ByteBuffer.wrap(pending.toByteArray());
            while (lines.hasRemaining()) {
                channel.write(lines);
            }
            if (force) {
                channel.force(false);
            }
        }
        length += pending.size();
        pending.reset();
    }
}
