package attmask.config;

/**
 * The projection head of DINO and iBOT: an MLP to a normalised bottleneck, then a weight-normed layer to prototypes.
 *
 * @param hidden width of the two hidden layers
 * @param bottleneck width of the L2-normalised output of the MLP
 * @param prototypes K, outputs for [CLS]
 * @param patchPrototypes outputs for patches; equals {@code prototypes} when the head is shared
 * @param shared one last layer for [CLS] and patches
 * @param normLastLayer hold the last layer's gains at 1
 */
public record HeadConfig(
        int hidden, int bottleneck, int prototypes, int patchPrototypes, boolean shared, boolean normLastLayer) {
    public HeadConfig {
        Check.positive("head.hidden", hidden);
        Check.positive("head.bottleneck", bottleneck);
        Check.positive("head.prototypes", prototypes);
        Check.positive("head.patchPrototypes", patchPrototypes);
        Check.that(
                !shared || patchPrototypes == prototypes,
                "head.patchPrototypes",
                patchPrototypes,
                "equal to head.prototypes (" + prototypes + ") when head.shared is true");
    }
}
