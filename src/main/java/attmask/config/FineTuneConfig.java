package attmask.config;

/**
 * Fine-tuning of a whole network with labels. The defaults follow DeiT and iBOT, but for their RandAugment.
 *
 * @param epochs of training
 * @param batch images of a step
 * @param learningRate peak for a batch of 256; the one used is learningRate · batch / 256
 * @param minLearningRate at the end of the cosine
 * @param warmupEpochs linear warm-up from 0
 * @param weightDecay for parameters of two or more dimensions, [CLS] token and positions left out
 * @param layerDecay factor of the rate from one block to the one below; 1 for equal rates
 * @param dropPath rate of the last block
 * @param mixup α of mixup's Beta(α, α); 0 for none
 * @param cutmix α of CutMix's; 0 for none
 * @param smoothing of labels
 * @param erasing probability that part of an image is erased
 * @param smallestCrop smallest share of an image's area that a crop covers
 * @param ema momentum of an average of the weights that is evaluated and saved instead of them; 0 for none
 * @param seed of everything random
 * @param fromScratch start from random weights, as a baseline
 */
public record FineTuneConfig(
        int epochs,
        int batch,
        double learningRate,
        double minLearningRate,
        int warmupEpochs,
        double weightDecay,
        double layerDecay,
        double dropPath,
        double mixup,
        double cutmix,
        double smoothing,
        double erasing,
        double smallestCrop,
        double ema,
        long seed,
        boolean fromScratch) {
    private static final double REFERENCE_BATCH = 256;

    public FineTuneConfig {
        Check.positive("--epochs", epochs);
        Check.positive("--batch", batch);
        Check.positive("--lr", learningRate);
        Check.notNegative("--min-lr", minLearningRate);
        Check.that(
                warmupEpochs >= 0 && warmupEpochs <= epochs,
                "--warmup-epochs",
                warmupEpochs,
                "0 to --epochs (" + epochs + ")");
        Check.notNegative("--weight-decay", weightDecay);
        Check.that(layerDecay > 0 && layerDecay <= 1, "--layer-decay", layerDecay, "above 0 and at most 1");
        Check.that(dropPath >= 0 && dropPath < 1, "--drop-path", dropPath, "at least 0 and below 1");
        Check.notNegative("--mixup", mixup);
        Check.notNegative("--cutmix", cutmix);
        Check.that(smoothing >= 0 && smoothing < 1, "--smoothing", smoothing, "at least 0 and below 1");
        Check.unit("--erasing", erasing);
        Check.that(smallestCrop > 0 && smallestCrop <= 1, "--smallest-crop", smallestCrop, "above 0 and at most 1");
        Check.that(ema >= 0 && ema < 1, "--ema", ema, "at least 0 and below 1");
    }

    public double peakLearningRate() {
        return learningRate * batch / REFERENCE_BATCH;
    }
}
