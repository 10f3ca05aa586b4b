package attmask.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.function.Function;

/**
 * What a setting may hold. Each kind turns JSON and the text of an option into one canonical JSON form, or into null
 * if the value does not fit.
 */
enum SettingKind {
    WHOLE("a whole number", node -> whole(node, Integer.MIN_VALUE, Integer.MAX_VALUE)),
    LONG("a whole number", node -> whole(node, Long.MIN_VALUE, Long.MAX_VALUE)),
    NUMBER("a number", SettingKind::number),
    FLAG("true or false", node -> node.isBoolean() ? node : null),
    TEXT("text", node -> node.isTextual() ? node : null),
    CHOICE("one of its names", node -> node.isTextual() ? lowerCase(node) : null),
    SIZE("a whole number, or text such as 224x160", SettingKind::size),
    RANGE("a minimum and a maximum, such as [0.25, 1]", node -> list(node, SettingKind::number, 2)),
    NUMBERS("a number or a list of numbers", node -> list(node, SettingKind::number, 0)),
    WHOLES("a whole number or a list of whole numbers", node -> list(node, WHOLE.canonical, 0));

    /** Keeps the arithmetic on 1e999999999 short. */
    private static final int LARGEST_SCALE = 40;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final String expected;
    private final Function<JsonNode, JsonNode> canonical;

    SettingKind(String expected, Function<JsonNode, JsonNode> canonical) {
        this.expected = expected;
        this.canonical = canonical;
    }

    /** What to write, for messages. */
    String expected() {
        return expected;
    }

    /** The canonical form, or null if the value is of another kind. */
    JsonNode fromJson(JsonNode value) {
        return canonical.apply(value);
    }

    /** The canonical form of an option's text, or null; lists may be {@code [0, 0.3]}, {@code 0,0.3} or {@code 0 0.3}. */
    JsonNode fromText(String text) {
        return canonical.apply(
                switch (this) {
                    case WHOLE, LONG, NUMBER -> decimal(text);
                    case FLAG -> flag(text.strip());
                    case TEXT, CHOICE, SIZE -> TextNode.valueOf(text.strip());
                    case RANGE, NUMBERS, WHOLES -> decimals(text);
                });
    }

    private static JsonNode decimals(String text) {
        ArrayNode numbers = NODES.arrayNode();
        for (String part : text.replaceAll("^\\s*\\[|]\\s*$", "").strip().split("\\s*[,\\s]\\s*")) {
            numbers.add(decimal(part));
        }
        return numbers;
    }

    private static JsonNode decimal(String text) {
        try {
            return DecimalNode.valueOf(new BigDecimal(text.strip()));
        } catch (NumberFormatException e) {
            return TextNode.valueOf(text);
        }
    }

    private static JsonNode number(JsonNode node) {
        return node.isNumber() && Double.isFinite(node.doubleValue()) ? DoubleNode.valueOf(node.doubleValue()) : null;
    }

    /** 1e3 and 1000.0 are whole numbers too. */
    private static JsonNode whole(JsonNode node, long smallest, long largest) {
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            return null;
        }
        BigDecimal value = node.decimalValue();
        boolean fits = Math.abs(value.scale()) < LARGEST_SCALE
                && value.remainder(BigDecimal.ONE).signum() == 0
                && value.compareTo(BigDecimal.valueOf(smallest)) >= 0
                && value.compareTo(BigDecimal.valueOf(largest)) <= 0;
        return fits ? LongNode.valueOf(value.longValue()) : null;
    }

    private static JsonNode flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "on", "1" -> BooleanNode.TRUE;
            case "false", "off", "0" -> BooleanNode.FALSE;
            default -> TextNode.valueOf(text);
        };
    }

    private static JsonNode lowerCase(JsonNode node) {
        return TextNode.valueOf(node.textValue().toLowerCase(Locale.ROOT));
    }

    private static JsonNode size(JsonNode node) {
        if (node.isTextual()) {
            return Size.isSize(node.textValue()) ? node : null;
        }
        return WHOLE.canonical.apply(node);
    }

    /** A list of so many values, of any number but none if {@code length} is 0; one value alone is a list of one. */
    private static JsonNode list(JsonNode node, Function<JsonNode, JsonNode> element, int length) {
        ArrayNode values = NODES.arrayNode();
        for (JsonNode value : node.isArray() ? node : NODES.arrayNode().add(node)) {
            JsonNode fitting = element.apply(value);
            if (fitting == null) {
                return null;
            }
            values.add(fitting);
        }
        return values.isEmpty() || (length > 0 && values.size() != length) ? null : values;
    }
}
