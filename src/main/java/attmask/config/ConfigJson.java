package attmask.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Settings as JSON: keys as in the records and in their order, enums in lower case, sizes 32 or "224x160". */
public final class ConfigJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
            .build();

    /** Settings younger than the first files: what a file without them means. */
    private static final Map<String, String> YOUNGER = Map.of(
            "run.accumulate", "1", "run.checkpointEverySteps", "0", "run.skipLimit", "5", "run.onNonFinite", "stop");

    private ConfigJson() {}

    /** All settings, indented, with a line feed at the end. */
    public static String write(TrainConfig config) {
        DefaultIndenter indent = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
                        Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER))
                .withObjectIndenter(indent);
        try {
            return MAPPER.writer(printer).writeValueAsString(config) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("settings that cannot be written", e);
        }
    }

    /**
     * Reads what {@link #write} wrote, now or by an earlier version: every setting must be there that there was.
     *
     * @param source where the text is from, for messages
     * @throws UserException if it is no JSON, or a setting is missing, unknown or wrong
     */
    public static TrainConfig read(String json, String source) {
        ObjectNode tree = MAPPER.createObjectNode();
        YOUNGER.forEach((path, value) -> tree.withObject("/" + path.substring(0, path.indexOf('.')))
                .set(path.substring(path.indexOf('.') + 1), ConfigSchema.text(path, value, source)));
        List<String> set = ConfigSchema.overlay(tree, parse(json, source), source);
        for (String path : ConfigSchema.paths()) {
            if (!set.contains(path) && !YOUNGER.containsKey(path)) {
                throw new UserException(source + ": the setting " + path + " is missing");
            }
        }
        return bind(tree);
    }

    /** The first setting in which two differ, as "model.width is 192, not 128"; empty if they are equal. */
    public static Optional<String> firstDifference(TrainConfig there, TrainConfig here) {
        ObjectNode first = tree(there);
        ObjectNode second = tree(here);
        for (String path : ConfigSchema.paths()) {
            String pointer = "/" + path.replace('.', '/');
            if (!first.at(pointer).equals(second.at(pointer))) {
                return Optional.of(path + " is " + first.at(pointer) + ", not " + second.at(pointer));
            }
        }
        return Optional.empty();
    }

    static ObjectNode tree(TrainConfig config) {
        return MAPPER.valueToTree(config);
    }

    /** The records of a complete canonical tree; what they reject is a UserException. */
    static TrainConfig bind(ObjectNode tree) {
        try {
            return MAPPER.treeToValue(tree, TrainConfig.class);
        } catch (JsonProcessingException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof UserException user) {
                    throw user;
                }
            }
            throw new IllegalStateException("settings that cannot be read", e);
        }
    }

    static JsonNode parse(Path file) {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new UserException(file + ": no such file; --config needs a JSON file", e);
        } catch (IOException e) {
            throw new UserException(file + ": cannot be read (" + e.getMessage() + "); --config needs a JSON file", e);
        }
    }

    static JsonNode parse(String json, String source) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            String what = e.getOriginalMessage().lines().findFirst().orElse("");
            String where =
                    e.getLocation() == null ? "" : " line " + e.getLocation().getLineNr() + ":";
            throw new UserException(source + ":" + where + " not valid JSON: " + what, e);
        }
    }

    /**
     * One setting as it would be written for an option, such as {@code 0.3}, {@code high} or {@code 0.25,1}.
     *
     * @param path such as {@code mask.ratio}
     */
    public static String text(TrainConfig config, String path) {
        JsonNode value = tree(config).at("/" + path.replace('.', '/'));
        if (value.isMissingNode() || value.isObject()) {
            throw new IllegalArgumentException("no setting " + path);
        }
        if (!value.isArray()) {
            return text(value);
        }
        StringBuilder list = new StringBuilder();
        for (JsonNode element : value) {
            list.append(list.isEmpty() ? "" : ",").append(text(element));
        }
        return list.toString();
    }

    private static String text(JsonNode value) {
        return value.isNumber() ? value.decimalValue().stripTrailingZeros().toPlainString() : value.asText();
    }
}
