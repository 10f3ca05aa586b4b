package attmask.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** All settings by path, such as {@code mask.ratio}, read from the records; says what is wrong with a value. */
final class ConfigSchema {
    private static final Map<String, Setting> SETTINGS = new LinkedHashMap<>();

    static {
        collect("", TrainConfig.class);
    }

    private ConfigSchema() {}

    /** @param names what a choice is among; empty for the other kinds */
    private record Setting(SettingKind kind, List<String> names) {
        boolean fits(JsonNode value) {
            return value != null && (names.isEmpty() || names.contains(value.textValue()));
        }

        String expected() {
            return names.isEmpty() ? kind.expected() : "one of " + String.join(", ", names);
        }
    }

    private static void collect(String prefix, Class<?> part) {
        for (RecordComponent component : part.getRecordComponents()) {
            String path = prefix + component.getName();
            SettingKind kind = kind(component);
            if (kind == null) {
                collect(path + ".", component.getType());
            } else {
                SETTINGS.put(path, new Setting(kind, names(component.getType())));
            }
        }
    }

    private static List<String> names(Class<?> type) {
        return !type.isEnum()
                ? List.of()
                : Arrays.stream(type.getEnumConstants())
                        .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
                        .toList();
    }

    /** Null for a group of settings. */
    private static SettingKind kind(RecordComponent component) {
        Class<?> type = component.getType();
        if (type == List.class) {
            Type element = ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            return element == Integer.class ? SettingKind.WHOLES : SettingKind.NUMBERS;
        }
        if (type.isEnum()) {
            return SettingKind.CHOICE;
        }
        return Map.of(
                        int.class, SettingKind.WHOLE,
                        long.class, SettingKind.LONG,
                        double.class, SettingKind.NUMBER,
                        boolean.class, SettingKind.FLAG,
                        String.class, SettingKind.TEXT,
                        Size.class, SettingKind.SIZE,
                        Range.class, SettingKind.RANGE)
                .get(type);
    }

    static List<String> paths() {
        return List.copyOf(SETTINGS.keySet());
    }

    /**
     * The exact path of one that may be spelled in kebab-case or snake_case.
     *
     * @param source where it was written, for the message
     */
    static String path(String written, String source) {
        String plain = Nearest.plain(written.strip());
        return SETTINGS.keySet().stream()
                .filter(path -> Nearest.plain(path).equals(plain))
                .findFirst()
                .orElseThrow(() -> unknown(written, source));
    }

    /** The canonical JSON of an option's text for the setting at an exact path. */
    static JsonNode text(String path, String text, String source) {
        return fitting(path, SETTINGS.get(path).kind().fromText(text), '"' + text + '"', source);
    }

    /** Lays settings over others; unknown ones and wrong types are errors. Returns the paths that were set. */
    static List<String> overlay(ObjectNode base, JsonNode settings, String source) {
        List<String> set = new ArrayList<>();
        overlay(base, settings, "", source, set);
        return set;
    }

    private static void overlay(ObjectNode base, JsonNode settings, String path, String source, List<String> set) {
        if (!settings.isObject()) {
            String what = settings.isMissingNode() ? "is empty" : "is " + settings;
            String name = path.isEmpty() ? "" : path + " ";
            throw new UserException(source + ": " + name + what + "; it must be a group of settings in {}");
        }
        String prefix = path.isEmpty() ? "" : path + ".";
        for (Map.Entry<String, JsonNode> field : settings.properties()) {
            String key = field.getKey();
            Setting setting = SETTINGS.get(prefix + key);
            if (setting != null) {
                JsonNode value = field.getValue();
                base.set(key, fitting(prefix + key, setting.kind().fromJson(value), value.toString(), source));
                set.add(prefix + key);
            } else if (isGroup(prefix + key)) {
                overlay(base.withObjectProperty(key), field.getValue(), prefix + key, source, set);
            } else {
                throw unknown(prefix + key, source);
            }
        }
    }

    private static JsonNode fitting(String path, JsonNode value, String written, String source) {
        Setting setting = SETTINGS.get(path);
        if (!setting.fits(value)) {
            throw new UserException(source + ": " + path + " is " + written + "; it must be " + setting.expected());
        }
        return value;
    }

    private static boolean isGroup(String path) {
        return SETTINGS.keySet().stream().anyMatch(known -> known.startsWith(path + "."));
    }

    private static UserException unknown(String written, String source) {
        if (isGroup(written)) {
            List<String> members = SETTINGS.keySet().stream()
                    .filter(path -> path.startsWith(written + "."))
                    .toList();
            return new UserException(
                    source + ": " + written + " is a group of settings: " + String.join(", ", members));
        }
        Set<String> known = new LinkedHashSet<>(SETTINGS.keySet());
        for (String path : SETTINGS.keySet()) {
            known.add(path.substring(0, path.lastIndexOf('.')));
        }
        return new UserException(
                source + ": there is no setting " + written + "; did you mean " + Nearest.path(written, known) + "?");
    }
}
