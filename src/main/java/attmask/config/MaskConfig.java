package attmask.config;

import java.util.List;

/**
 * How much is hidden, and by which rule. A ratio r is drawn from U(ratio − variation, ratio + variation).
 *
 * @param strategy which patches
 * @param ratio centre of the ratio's range; with several entries one is drawn for each entry, then one of them chosen
 * @param variation half-width of the range, one for each ratio
 * @param probability of a crop to be masked at all; MST masks every one
 * @param showMax AttMask-Hint reveals among this share of the most attended tokens
 * @param candidates MST hides among this share of the least attended tokens
 * @param candidateProbability and hides each of them with this probability
 * @param startEpoch no masks before this epoch
 * @param layer block whose attention decides, 0 the first; −1 the last
 */
public record MaskConfig(
        MaskStrategy strategy,
        List<Double> ratio,
        List<Double> variation,
        double probability,
        double showMax,
        double candidates,
        double candidateProbability,
        int startEpoch,
        int layer) {
    public MaskConfig {
        ratio = List.copyOf(ratio);
        variation = List.copyOf(variation);
        Check.that(!ratio.isEmpty(), "mask.ratio", ratio, "one value or more");
        Check.that(
                ratio.size() == variation.size(),
                "mask.variation",
                variation,
                "as long as mask.ratio (" + ratio.size() + ")");
        for (int i = 0; i < ratio.size(); i++) {
            Check.unit("mask.ratio", ratio.get(i));
            Check.that(
                    variation.get(i) >= 0
                            && ratio.get(i) - variation.get(i) >= -1e-12
                            && ratio.get(i) + variation.get(i) <= 1 + 1e-12,
                    "mask.variation",
                    variation.get(i),
                    "at least 0 and keep the ratio - and + it within 0 and 1 (ratio " + ratio.get(i) + ")");
        }
        Check.unit("mask.probability", probability);
        Check.unit("mask.showMax", showMax);
        Check.unit("mask.candidates", candidates);
        Check.that(
                candidates > 0 || strategy != MaskStrategy.MST,
                "mask.candidates",
                candidates,
                "positive with mask.strategy mst");
        Check.unit("mask.candidateProbability", candidateProbability);
        Check.notNegative("mask.startEpoch", startEpoch);
        Check.that(layer >= -1, "mask.layer", layer, "a block's number from 0, or -1 for the last");
    }

    /** For strategies other than MST. */
    public MaskConfig(
            MaskStrategy strategy,
            List<Double> ratio,
            List<Double> variation,
            double probability,
            double showMax,
            int startEpoch,
            int layer) {
        this(strategy, ratio, variation, probability, showMax, 0, 0, startEpoch, layer);
    }

    /** The largest share of a crop's tokens that can be hidden. */
    public double largestShare() {
        return switch (strategy) {
            case NONE -> 0;
            case MST -> candidates;
            case HIGH, HINT, LOW, BLOCK, RANDOM -> largestRatio();
        };
    }

    private double largestRatio() {
        double largest = 0;
        for (int i = 0; i < ratio.size(); i++) {
            largest = Math.max(largest, ratio.get(i) + variation.get(i));
        }
        return Math.min(largest, 1);
    }
}
