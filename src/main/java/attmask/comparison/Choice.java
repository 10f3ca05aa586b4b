package attmask.comparison;

import attmask.config.MaskStrategy;
import attmask.config.Method;
import attmask.config.UserException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a run of the comparison has of its own, as settings laid over the common ones.
 *
 * @param name as the user wrote it and the tables show it
 * @param settings by path
 */
public record Choice(String name, Map<String, String> settings) {
    /** The methods that can be compared; one other than the common settings' comes with its own losses. */
    private static final List<Choice> METHODS = Arrays.stream(Method.values())
            .map(method -> plain(method.name()))
            .map(name -> new Choice(name, Map.of("loss.method", name)))
            .toList();

    /**
     * A method by its name.
     *
     * @throws UserException if there is none
     */
    public static Choice method(String name) {
        return METHODS.stream()
                .filter(method -> method.name.equals(plain(name)))
                .findFirst()
                .orElseThrow(() -> new UserException("--methods " + name + ": there is no such method; choose among "
                        + METHODS.stream().map(Choice::name).collect(Collectors.joining(", "))));
    }

    /**
     * A masking strategy: its name, with the common law of ratios, or {@code NAME:RATIO} with a fixed ratio.
     *
     * @throws UserException if there is no such strategy, or the ratio is no number
     */
    public static Choice mask(String text) {
        String name = plain(text);
        int colon = name.indexOf(':');
        String strategy = colon < 0 ? name : name.substring(0, colon);
        List<String> known = Arrays.stream(MaskStrategy.values())
                .map(value -> plain(value.name()))
                .toList();
        if (!known.contains(strategy)) {
            throw new UserException("--masks " + text + ": there is no such strategy; choose among "
                    + String.join(", ", known) + ", or with a fixed ratio such as random:0.75");
        }
        if (colon < 0) {
            return new Choice(strategy, Map.of("mask.strategy", strategy));
        }
        String ratio = ratio(text, name.substring(colon + 1));
        return new Choice(
                strategy + ":" + ratio, Map.of("mask.strategy", strategy, "mask.ratio", ratio, "mask.variation", "0"));
    }

    private static String ratio(String text, String ratio) {
        try {
            BigDecimal value = new BigDecimal(ratio);
            if (value.signum() > 0 && value.compareTo(BigDecimal.ONE) <= 0) {
                return value.stripTrailingZeros().toPlainString();
            }
        } catch (NumberFormatException e) {
            throw new UserException(refusal(text), e);
        }
        throw new UserException(refusal(text));
    }

    private static String refusal(String text) {
        return "--masks " + text + ": after the colon goes the share of patches to hide, above 0 and at most 1";
    }

    private static String plain(String name) {
        return name.strip().toLowerCase(Locale.ROOT);
    }
}
