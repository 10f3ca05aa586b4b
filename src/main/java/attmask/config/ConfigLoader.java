package attmask.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Builds the settings of a run in layers, each over the ones before: a preset, then files, then single settings. */
public final class ConfigLoader {
    private final TrainConfig start;
    private final ObjectNode tree;
    private final Set<String> set = new HashSet<>();

    private ConfigLoader(TrainConfig start) {
        this.start = start;
        this.tree = ConfigJson.tree(start);
    }

    /**
     * Starts from a preset.
     *
     * @throws UserException if there is none of that name
     */
    public static ConfigLoader preset(String name) {
        return new ConfigLoader(Preset.named(name).config());
    }

    /** Starts from complete settings. */
    public static ConfigLoader over(TrainConfig settings) {
        return new ConfigLoader(settings);
    }

    /**
     * Lays a JSON file over, which may hold any part of the settings.
     *
     * @throws UserException if it cannot be read, or has an unknown setting or a value of a wrong type
     */
    public ConfigLoader file(Path file) {
        set.addAll(ConfigSchema.overlay(tree, ConfigJson.parse(file), file.toString()));
        return this;
    }

    /**
     * Lays one setting over.
     *
     * @param path such as {@code mask.ratio}; learningRate, learning-rate and learning_rate are the same
     * @param value as text; lists with commas, with or without brackets
     * @param source what the user wrote it with, for messages
     * @throws UserException if the setting is unknown or the value of a wrong type
     */
    public ConfigLoader set(String path, String value, String source) {
        String exact = ConfigSchema.path(path, source);
        int dot = exact.lastIndexOf('.');
        ObjectNode group = tree.withObject("/" + exact.substring(0, dot).replace('.', '/'));
        group.set(exact.substring(dot + 1), ConfigSchema.text(exact, value, source));
        set.add(exact);
        return this;
    }

    /** A whole number as it stands, by its exact path; not checked yet. */
    public int whole(String path) {
        return tree.at("/" + path.replace('.', '/')).intValue();
    }

    /**
     * The settings.
     *
     * @throws UserException if a value is out of range, or two do not go together
     */
    public TrainConfig resolve() {
        ObjectNode resolved = tree.deepCopy();
        followMethod(resolved);
        shareHead(resolved);
        shortenWarmups(resolved);
        return ConfigJson.bind(resolved);
    }

    /** A method other than the one started from comes with its own masks and losses, but for those that were set. */
    private void followMethod(ObjectNode resolved) {
        Method method = Method.valueOf(resolved.at("/loss/method").textValue().toUpperCase(Locale.ROOT));
        if (method != start.loss().method()) {
            fill(
                    resolved,
                    "mask",
                    "strategy",
                    TextNode.valueOf(method.mask().name().toLowerCase(Locale.ROOT)));
            fill(resolved, "loss", "patchWeight", DoubleNode.valueOf(method.patchWeight()));
            fill(resolved, "loss", "restorationWeight", DoubleNode.valueOf(method.restorationWeight()));
        }
    }

    private void fill(ObjectNode resolved, String groupName, String name, JsonNode value) {
        if (!set.contains(groupName + "." + name)) {
            resolved.withObject("/" + groupName).set(name, value);
        }
    }

    /** A shared head has as many outputs for patches as for [CLS], also when only the latter were set. */
    private void shareHead(ObjectNode resolved) {
        ObjectNode head = resolved.withObject("/head");
        if (head.get("shared").booleanValue() && !set.contains("head.patchPrototypes")) {
            head.set("patchPrototypes", head.get("prototypes"));
        }
    }

    /** In a run shorter than the one started from, warm-ups that were not set keep their share of the run. */
    private void shortenWarmups(ObjectNode resolved) {
        double share = resolved.at("/run/epochs").doubleValue() / start.run().epochs();
        if (share < 1) {
            shorten(resolved.withObject("/optimizer"), "optimizer", "warmupEpochs", share);
            shorten(resolved.withObject("/loss"), "loss", "warmupTeacherTempEpochs", share);
        }
    }

    private void shorten(ObjectNode group, String groupName, String name, double share) {
        if (!set.contains(groupName + "." + name)) {
            group.put(name, Math.max(0, Math.round(share * group.get(name).intValue())));
        }
    }
}
