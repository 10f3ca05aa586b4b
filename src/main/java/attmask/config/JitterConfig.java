package attmask.config;

/**
 * Colour jitter of all crops: brightness, contrast, saturation and hue in random order.
 *
 * @param probability of a crop to be jittered at all
 * @param brightness factor drawn from U(max(0, 1 − brightness), 1 + brightness)
 * @param contrast likewise
 * @param saturation likewise
 * @param hue shift drawn from U(−hue, hue), in turns of the colour circle
 */
public record JitterConfig(double probability, double brightness, double contrast, double saturation, double hue) {
    public JitterConfig {
        Check.unit("augmentation.jitter.probability", probability);
        Check.notNegative("augmentation.jitter.brightness", brightness);
        Check.notNegative("augmentation.jitter.contrast", contrast);
        Check.notNegative("augmentation.jitter.saturation", saturation);
        Check.that(hue >= 0 && hue <= 0.5, "augmentation.jitter.hue", hue, "between 0 and 0.5");
    }
}
