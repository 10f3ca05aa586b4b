package attmask.config;

/**
 * Multi-crop augmentation (DINO, iBOT): two global crops and some small local ones of each image. Global crops have
 * the size {@link ModelConfig#image()}.
 *
 * @param localCrops number of local crops of an image; 0 for none
 * @param localSize size of a local crop in pixels; a multiple of the patch
 * @param globalScale share of the image's area that a global crop covers
 * @param localScale and a local one
 * @param flip probability of a left-right flip
 * @param jitter colour jitter
 * @param grey probability of a grey crop
 * @param blur Gaussian blur
 * @param solarise probability for the second global crop to have its bright pixels (128 and more) inverted
 */
public record AugmentationConfig(
        int localCrops,
        Size localSize,
        Range globalScale,
        Range localScale,
        double flip,
        JitterConfig jitter,
        double grey,
        BlurConfig blur,
        double solarise) {
    /** A crop covers something. */
    private static final double SMALLEST_SCALE = 1e-6;

    public AugmentationConfig {
        Check.notNegative("augmentation.localCrops", localCrops);
        globalScale.within("augmentation.globalScale", SMALLEST_SCALE, 1);
        localScale.within("augmentation.localScale", SMALLEST_SCALE, 1);
        Check.unit("augmentation.flip", flip);
        Check.unit("augmentation.grey", grey);
        Check.unit("augmentation.solarise", solarise);
    }
}
