package attmask.config;

/** What is learned from; all of them distil a teacher's [CLS] outputs into a student. */
public enum Method {
    /** iBOT (Zhou et al. 2022): the [CLS] loss and the masked-patch loss. */
    IBOT(MaskStrategy.HIGH, 1, 0),
    /** DINO (Caron et al. 2021): the [CLS] loss alone; unmasked, or with masks as in DINO+AttMask. */
    DINO(MaskStrategy.NONE, 0, 0),
    /** MST (Li et al. 2021): the [CLS] loss, and the restoration of the global crops' pixels from the masked student. */
    MST(MaskStrategy.MST, 0, 1);

    private final MaskStrategy mask;
    private final double patchWeight;
    private final double restorationWeight;

    Method(MaskStrategy mask, double patchWeight, double restorationWeight) {
        this.mask = mask;
        this.patchWeight = patchWeight;
        this.restorationWeight = restorationWeight;
    }

    /** The masks that it is known with. */
    public MaskStrategy mask() {
        return mask;
    }

    /** Its {@link LossConfig#patchWeight()}, unless another is set. */
    public double patchWeight() {
        return patchWeight;
    }

    /** Its {@link LossConfig#restorationWeight()}, unless another is set. */
    public double restorationWeight() {
        return restorationWeight;
    }
}
