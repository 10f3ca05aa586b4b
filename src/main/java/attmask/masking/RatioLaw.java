package attmask.masking;

import attmask.config.MaskConfig;
import attmask.random.RandomStream;

/**
 * How the share r of hidden patches is drawn: one value from U(ratio − variation, ratio + variation) for each entry of
 * the configuration, then one of those values uniformly. iBOT's {@code 0 0.3} / {@code 0 0.2} leaves half the images
 * unmasked and hides U(0.1, 0.5) of the others.
 */
public record RatioLaw(MaskConfig config) {
    /** One r, within [0, 1]. */
    public double draw(RandomStream random) {
        double[] drawn = new double[config.ratio().size()];
        for (int i = 0; i < drawn.length; i++) {
            double ratio = config.ratio().get(i);
            double variation = config.variation().get(i);
            // The limits may be beyond 0 and 1 by a rounding: 0.1 − 0.1 as the user writes it.
            drawn[i] = Math.min(1, Math.max(0, random.uniform(ratio - variation, ratio + variation)));
        }
        return drawn[random.nextInt(drawn.length)];
    }
}
