package attmask.ssl;

import attmask.ops.MicroBatch;
import java.util.Arrays;

/** What a step cost, gathered from its parts: losses add up, entropies and shares are means over the whole batch. */
final class StepSums {
    private final int[] clusters;
    private final double[] marginal;
    private RowLoss.Sum cls;
    private RowLoss.Sum patch;
    private double restoration;
    private int agreeing;
    private long masked;
    private long tokens;
    private int images;

    StepSums(CropSet crops, int prototypes) {
        clusters = new int[crops.globalImages() * crops.parts()];
        marginal = new double[prototypes];
    }

    private void clear() {
        cls = RowLoss.Sum.NONE;
        patch = RowLoss.Sum.NONE;
        restoration = 0;
        agreeing = 0;
        masked = 0;
        tokens = 0;
        images = 0;
        Arrays.fill(marginal, 0);
    }

    /**
     * Adds a part; the first one starts a step.
     *
     * @param maskedTokens of the patch tokens {@code allTokens} of its global crops
     */
    void add(
            MicroBatch part,
            ClsStatistics statistics,
            RowLoss.Sum clsLoss,
            RowLoss.Sum patchLoss,
            double restorationLoss,
            int maskedTokens,
            long allTokens) {
        if (part.index() == 0) {
            clear();
        }
        cls = cls.plus(clsLoss);
        patch = patch.plus(patchLoss);
        restoration += restorationLoss;
        masked += maskedTokens;
        tokens += allTokens;
        agreeing += statistics.agreeing();
        images += statistics.clusters().length / 2;
        for (int i = 0; i < statistics.clusters().length; i++) {
            clusters[part.place(i)] = statistics.clusters()[i];
        }
        for (int k = 0; k < marginal.length; k++) {
            marginal[k] += statistics.marginal()[k] / part.parts();
        }
    }

    /** Of the parts so far. */
    Losses losses() {
        return new Losses(
                cls.loss(),
                patch.loss(),
                restoration,
                cls.meanEntropy(),
                marginalEntropy(),
                patch.meanEntropy(),
                agreeing / (double) images,
                masked / (double) tokens,
                clusters.clone());
    }

    /** Entropy of the mean teacher distribution, in nats. */
    private double marginalEntropy() {
        double entropy = 0;
        for (double p : marginal) {
            entropy -= p > 0 ? p * Math.log(p) : 0;
        }
        return entropy;
    }
}
