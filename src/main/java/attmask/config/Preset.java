package attmask.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A documented experiment. The published settings are the ground ({@code published.json}); a preset says what differs,
 * and the published runs come with each masking strategy ({@code strategies.json}).
 *
 * @param name what {@code --preset} takes
 * @param purpose what is trained on what
 * @param expected results, published or measured
 * @param source where the settings are from
 * @param config all its settings
 */
public record Preset(String name, String purpose, String expected, String source, TrainConfig config) {
    /** Used when none is named. */
    public static final String DEFAULT = "shapes";

    private static final List<String> FILES =
            List.of("shapes", "cifar10", "cifar10-mini", "imagenet20-100ep", "imagenet-100ep", "imagenet-300ep");
    private static final List<Preset> ALL = load();

    /** All presets, the default first. */
    public static List<Preset> all() {
        return ALL;
    }

    /**
     * The preset of that name.
     *
     * @throws UserException if there is none
     */
    public static Preset named(String name) {
        return ALL.stream()
                .filter(preset -> preset.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new UserException("there is no preset " + name + "; did you mean "
                        + Nearest.of(name, ALL.stream().map(Preset::name).toList()) + "?"));
    }

    /** How to run it. */
    public String command() {
        String data = config.data().builtIn() ? "" : " --data DIR";
        return "java -jar attmask-jcuda.jar train --preset " + name + data;
    }

    private static List<Preset> load() {
        JsonNode strategies = resource("strategies");
        List<Preset> presets = new ArrayList<>();
        for (String file : FILES) {
            ObjectNode settings = (ObjectNode) resource(file);
            JsonNode about = settings.remove("about");
            JsonNode expected = about.get("expected");
            if (expected.isTextual()) {
                presets.add(preset(file, about, expected, config(file, settings)));
            }
            expected.properties().forEach(entry -> {
                TrainConfig config = config(file, settings, strategies.get(entry.getKey()));
                presets.add(preset(file + "-" + entry.getKey(), about, entry.getValue(), config));
            });
        }
        return List.copyOf(presets);
    }

    private static Preset preset(String name, JsonNode about, JsonNode expected, TrainConfig config) {
        return new Preset(
                name,
                about.get("purpose").textValue(),
                expected.textValue(),
                about.get("source").textValue(),
                config);
    }

    private static TrainConfig config(String file, JsonNode... layers) {
        ObjectNode tree = (ObjectNode) resource("published");
        for (JsonNode layer : layers) {
            ConfigSchema.overlay(tree, layer, file);
        }
        return ConfigJson.bind(tree);
    }

    private static JsonNode resource(String name) {
        String path = "/attmask/presets/" + name + ".json";
        try (InputStream in = Preset.class.getResourceAsStream(path)) {
            return ConfigJson.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
