package attmask.train;

import attmask.config.UserException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code log.jsonl}: one JSON object a line, each with {@code kind} (step, epoch, eval or collapse), {@code epoch}, the number of
 * epochs done or of the one that a step belongs to, and {@code step}, the number of steps done. One line of pandas
 * reads it.
 */
final class TrainingLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;

    private TrainingLog(Path file) {
        this.file = file;
    }

    /** Starts a new log. */
    static TrainingLog create(Path file) {
        TrainingLog log = new TrainingLog(file);
        log.write(List.of(), StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        return log;
    }

    /** Goes on after the checkpoint at {@code step}: later lines, written before the run was cut off, are dropped. */
    static TrainingLog resume(Path file, int step) {
        TrainingLog log = new TrainingLog(file);
        List<String> kept = new ArrayList<>();
        try {
            for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
                if (stepOf(line) <= step) {
                    kept.add(line);
                }
            }
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + e.getMessage(), e);
        }
        log.write(kept, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        return log;
    }

    /** A line that was cut off in the middle belongs to no step that is kept. */
    private static long stepOf(String line) {
        try {
            JsonNode step = JSON.readTree(line).path("step");
            return step.isNumber() ? step.asLong() : Long.MAX_VALUE;
        } catch (JsonProcessingException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Appends a line. */
    void add(String kind, int epoch, int step, Map<String, ?> values) {
        ObjectNode line = JSON.createObjectNode();
        line.put("kind", kind).put("epoch", epoch).put("step", step);
        values.forEach((name, value) -> line.set(name, JSON.valueToTree(value)));
        write(List.of(line.toString()), StandardOpenOption.APPEND);
    }

    private void write(List<String> lines, StandardOpenOption... options) {
        try {
            Files.write(file, lines, options);
        } catch (IOException e) {
            throw new UserException(
                    "cannot write " + file + ": " + e.getMessage() + "; free space or choose another --output", e);
        }
    }
}
