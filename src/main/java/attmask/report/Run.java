package attmask.report;

import attmask.config.UserException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A run as its folder tells it, finished or not.
 *
 * @param name for the reader, unique in its report
 * @param colour of its curves, 0 the first run's
 * @param settings config.json as it stands, missing if unreadable: of any version of this program
 * @param masks pictures by epoch
 */
public record Run(String name, int colour, Path folder, JsonNode settings, RunLog log, SortedMap<Integer, Path> masks) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern MASK_PICTURE = Pattern.compile("epoch-(\\d{1,9})\\.png");

    /** Whether a folder holds a run, be it just begun. */
    public static boolean isAt(Path folder) {
        return Files.isRegularFile(folder.resolve("log.jsonl")) || Files.isRegularFile(folder.resolve("config.json"));
    }

    /** The picture of masks after {@code epoch} epochs, whether or not it is there. */
    public static Path maskPicture(Path folder, int epoch) {
        return folder.resolve("masks").resolve(String.format(Locale.ROOT, "epoch-%03d.png", epoch));
    }

    /** Reads a run. */
    public static Run read(Path folder, String name, int colour) {
        return new Run(
                name,
                colour,
                folder,
                settings(folder.resolve("config.json")),
                RunLog.read(folder.resolve("log.jsonl")),
                masks(folder.resolve("masks")));
    }

    private static JsonNode settings(Path file) {
        try {
            return JSON.readTree(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static SortedMap<Integer, Path> masks(Path folder) {
        SortedMap<Integer, Path> pictures = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return pictures;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Matcher name = MASK_PICTURE.matcher(file.getFileName().toString());
                if (name.matches()) {
                    pictures.put(Integer.parseInt(name.group(1)), file);
                }
            }
        } catch (IOException e) {
            throw new UserException("cannot read " + folder + ": " + e.getMessage(), e);
        }
        return pictures;
    }

    /** The text of a setting such as "mask.ratio"; empty if the run has none. */
    public String setting(String path) {
        return flatSettings().getOrDefault(path, "");
    }

    /** Every setting as "mask.ratio" and its text, in the file's order. */
    public Map<String, String> flatSettings() {
        Map<String, String> flat = new LinkedHashMap<>();
        flatten("", settings, flat);
        return flat;
    }

    private static void flatten(String prefix, JsonNode node, Map<String, String> flat) {
        node.properties().forEach(field -> {
            String path = prefix + field.getKey();
            JsonNode value = field.getValue();
            if (value.isObject()) {
                flatten(path + ".", value, flat);
            } else if (value.isArray()) {
                List<String> elements = new ArrayList<>();
                value.forEach(element -> elements.add(element.asText()));
                flat.put(path, String.join(", ", elements));
            } else {
                flat.put(path, value.asText());
            }
        });
    }

    /** Epochs it was started for, 0 if unknown. */
    int plannedEpochs() {
        return settings.at("/run/epochs").asInt(0);
    }

    /** How far it has come, in words. */
    public String state() {
        int done = log.epochs();
        int planned = plannedEpochs();
        if (planned == 0) {
            return done + " epochs";
        }
        return done >= planned ? "all " + planned + " epochs" : done + " of " + planned + " epochs";
    }
}
