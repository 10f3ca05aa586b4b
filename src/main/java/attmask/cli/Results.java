package attmask.cli;

import attmask.config.UserException;
import attmask.file.WholeFile;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What an evaluation finds: rows of a table, shown as they come, and the same as a file at the end. A row is one or
 * more records side by side; their components are the columns, under names like {@code fowlkes_mallows}.
 *
 * <p>The file is CSV, the rows alone, if its name ends with .csv; else JSON: {@code {"evaluation": "knn", "checkpoint": …,
 * what else it is about, "results": [{row}, …]}}.
 */
final class Results {
    private static final ObjectMapper JSON = new ObjectMapper()
            .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT);
    private static final int NARROWEST = 8;

    private final PrintStream out;
    private final Path file;
    private final String number;
    private final ObjectNode about = JSON.createObjectNode();
    private final ArrayNode rows = JSON.createArrayNode();
    private List<String> heading = List.of();

    /**
     * @param file to write, or null for none
     * @param decimals of fractions in the table; the file has all digits
     * @throws UserException if the file could not be written, before anything is computed
     */
    Results(PrintStream out, Path file, String evaluation, int decimals) {
        this.out = out;
        this.file = file;
        number = "%." + decimals + "f";
        about.put("evaluation", evaluation);
        requireWritable("results", file);
    }

    /** @throws UserException if a file (null for none) could not be written, before anything is computed for it */
    static void requireWritable(String what, Path file) {
        if (file != null
                && (Files.isDirectory(file)
                        || !Files.isWritable(file.toAbsolutePath().getParent()))) {
            throw new UserException(
                    "cannot write " + what + " to " + file + ": name a file in a folder that is writable");
        }
    }

    /** Says in the file what was evaluated, or how. */
    Results about(String name, Object value) {
        about.set(name, JSON.valueToTree(value instanceof Path ? value.toString() : value));
        return this;
    }

    /** Adds and shows a row; arrays and what is null are for the file only. */
    void add(Object... records) {
        ObjectNode row = rows.addObject();
        for (Object part : records) {
            row.setAll((ObjectNode) JSON.valueToTree(part));
        }
        List<Map.Entry<String, JsonNode>> shown = row.properties().stream()
                .filter(column ->
                        column.getValue().isNumber() || column.getValue().isTextual())
                .toList();
        List<String> names = shown.stream().map(Map.Entry::getKey).toList();
        if (!names.equals(heading)) {
            heading = names;
            line(shown, Map.Entry::getKey);
        }
        line(shown, this::text);
    }

    private interface Cell {
        String of(Map.Entry<String, JsonNode> column);
    }

    private void line(List<Map.Entry<String, JsonNode>> columns, Cell cell) {
        StringBuilder line = new StringBuilder();
        for (Map.Entry<String, JsonNode> column : columns) {
            int width = Math.max(NARROWEST, column.getKey().length());
            String format = column.getValue().isTextual() ? "%-" + 2 * width + "s" : "%" + width + "s  ";
            line.append(String.format(format, cell.of(column)));
        }
        out.println(line.toString().stripTrailing());
    }

    private String text(Map.Entry<String, JsonNode> column) {
        JsonNode value = column.getValue();
        return value.isFloatingPointNumber() ? String.format(Locale.ROOT, number, value.doubleValue()) : value.asText();
    }

    /** Writes the file, if one was asked for. */
    void write() {
        if (file == null) {
            return;
        }
        byte[] text = file.toString().endsWith(".csv") ? csv() : json();
        WholeFile.write(file, stream -> stream.write(text));
        out.println("wrote " + file);
    }

    private byte[] json() {
        ObjectNode all = about.deepCopy();
        all.set("results", rows);
        return (all.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** The rows alone, under the names of the first; arrays are left out. */
    private byte[] csv() {
        List<String> names = rows.path(0).properties().stream()
                .filter(column -> column.getValue().isValueNode())
                .map(Map.Entry::getKey)
                .toList();
        StringBuilder text = new StringBuilder(String.join(",", names)).append("\n");
        for (JsonNode row : rows) {
            List<String> cells =
                    names.stream().map(name -> quoted(row.path(name).asText())).toList();
            text.append(String.join(",", cells)).append("\n");
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String quoted(String cell) {
        return cell.matches("[^\",\r\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}
