package attmask.comparison;

import attmask.config.ConfigLoader;
import attmask.config.TrainConfig;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One run of a comparison.
 *
 * @param method name of a {@link Choice#method}
 * @param mask name of a {@link Choice#mask}
 * @param percent share of each class's training images
 * @param seed of all randomness: runs of one seed start from the same weights and see the same crops
 */
public record PlannedRun(String method, String mask, double percent, long seed) {
    /** Names that are no method or strategy are errors. */
    public PlannedRun {
        method = Choice.method(method).name();
        mask = Choice.mask(mask).name();
    }

    /** What is compared: the same in each row of a table, over seeds. */
    public record Variant(String method, String mask) {
        @Override
        public String toString() {
            return method + " " + mask;
        }
    }

    public Variant variant() {
        return new Variant(method, mask);
    }

    /** Name of its folder, such as {@code ibot-random-0.75-100pct-seed1}. */
    public String name() {
        return String.join("-", method, mask.replace(':', '-'), percentText() + "pct", "seed" + seed);
    }

    /** The percentage without needless zeros. */
    String percentText() {
        return percentText(percent);
    }

    static String percentText(double percent) {
        return BigDecimal.valueOf(percent).stripTrailingZeros().toPlainString();
    }

    /** The common settings with this run's own. */
    public TrainConfig config(TrainConfig common, String output) {
        Map<String, String> own = new LinkedHashMap<>(Choice.method(method).settings());
        own.putAll(Choice.mask(mask).settings());
        own.put("data.percent", percentText());
        own.put("run.seed", Long.toString(seed));
        own.put("run.output", output);
        ConfigLoader loader = ConfigLoader.over(common);
        own.forEach((path, value) -> loader.set(path, value, name()));
        return loader.resolve();
    }
}
