package attmask.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A command-line option that sets settings.
 *
 * @param name as shown, in kebab-case
 * @param aliases names in the original program, accepted but not shown
 * @param path setting whose default the help shows; empty for none
 * @param label of the value in the help
 * @param description in the help
 * @param values how many values may follow, as picocli writes it
 * @param assignments settings, by path, that the text of the value stands for
 */
record ConfigOption(
        String name,
        List<String> aliases,
        String path,
        String label,
        String description,
        String values,
        Function<String, Map<String, String>> assignments) {
    private static final String ONE = "1";
    private static final String LIST = "1..*";
    private static final String OPTIONAL = "0..1";

    static ConfigOption one(String name, String path, String label, String description) {
        return new ConfigOption(name, List.of(), path, label, description, ONE, value -> Map.of(path, value));
    }

    /** Values are separated by commas or, as in the original program, follow each other. */
    static ConfigOption list(String name, String path, String label, String description) {
        return new ConfigOption(name, List.of(), path, label, description, LIST, value -> Map.of(path, value));
    }

    /** The option alone means true. */
    static ConfigOption flag(String name, String path, String description) {
        return new ConfigOption(name, List.of(), path, "BOOL", description, OPTIONAL, value -> Map.of(path, value));
    }

    ConfigOption alias(String alias) {
        List<String> all = new ArrayList<>(aliases);
        all.add(alias);
        return new ConfigOption(name, List.copyOf(all), path, label, description, values, assignments);
    }

    /** The same option with values that are first rewritten, for spellings of the original program. */
    ConfigOption rewrite(Function<String, String> spelling) {
        return meaning(value -> Map.of(path, spelling.apply(value)));
    }

    ConfigOption meaning(Function<String, Map<String, String>> settings) {
        return new ConfigOption(name, aliases, path, label, description, values, settings);
    }

    boolean mayStandAlone() {
        return values.equals(OPTIONAL);
    }
}
