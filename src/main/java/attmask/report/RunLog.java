package attmask.report;

import attmask.config.UserException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run has written to {@code log.jsonl} so far. The run may be going on, or have been cut off, so lines that are
 * no JSON objects are counted and passed over.
 *
 * @param entries in the file's order
 * @param damaged numbers of the lines that could not be read, from 1
 */
public record RunLog(List<Entry> entries, List<Integer> damaged) {
    public static final String EVAL = "eval";
    public static final String EPOCH = "epoch";
    static final String STEP = "step";
    static final String COLLAPSE = "collapse";
    static final String SKIPPED = "skipped";
    static final String REWIND = "rewind";

    private static final ObjectMapper JSON = new ObjectMapper();

    public RunLog {
        entries = List.copyOf(entries);
        damaged = List.copyOf(damaged);
    }

    /**
     * One line.
     *
     * @param kind "eval" before training, "epoch", "step", "collapse", "skipped" or "rewind"
     * @param step number of steps done
     * @param values its finite numbers
     * @param texts its strings
     */
    public record Entry(String kind, int epoch, int step, Map<String, Double> values, Map<String, String> texts) {
        public boolean of(String other) {
            return kind.equals(other);
        }

        /** Where it stands on the axis of epochs: a line of steps says so itself. */
        double epochsDone() {
            return values.getOrDefault("epochs_done", (double) epoch);
        }
    }

    /**
     * Reads a log; one that does not exist yet is empty.
     *
     * @throws UserException if it cannot be read
     */
    static RunLog read(Path file) {
        return parse(lines(file));
    }

    /** Reads a log's lines; blank ones do not count. */
    public static RunLog parse(List<String> lines) {
        List<Entry> entries = new ArrayList<>();
        List<Integer> damaged = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            JsonNode node = json(lines.get(i));
            if (node.isObject() && node.path("epoch").isNumber()) {
                entries.add(entry(node));
            } else {
                damaged.add(i + 1);
            }
        }
        return new RunLog(entries, damaged);
    }

    /** Bytes that are no UTF-8 must not stop the report either. */
    private static List<String> lines(Path file) {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }

    private static Entry entry(JsonNode node) {
        Map<String, Double> values = new LinkedHashMap<>();
        Map<String, String> texts = new LinkedHashMap<>();
        node.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isNumber() && Double.isFinite(value.doubleValue())) {
                values.put(field.getKey(), value.doubleValue());
            } else if (value.isTextual()) {
                texts.put(field.getKey(), value.textValue());
            }
        });
        String kind = texts.getOrDefault("kind", "");
        return new Entry(kind, node.path("epoch").intValue(), node.path("step").intValue(), values, texts);
    }

    List<Entry> of(String kind) {
        return entries.stream().filter(entry -> entry.of(kind)).toList();
    }

    /** Epochs done. */
    int epochs() {
        return of(EPOCH).stream().mapToInt(Entry::epoch).max().orElse(0);
    }
}
