package attmask.config;

import java.util.List;

/**
 * Everything a training run depends on. Each part checks itself; the constructor checks what concerns two parts.
 * Values that follow from others are methods, so that they cannot disagree.
 */
public record TrainConfig(
        ModelConfig model,
        HeadConfig head,
        MaskConfig mask,
        LossConfig loss,
        OptimizerConfig optimizer,
        AugmentationConfig augmentation,
        DataConfig data,
        RunConfig run) {
    /** Batch that {@link OptimizerConfig#learningRate()} refers to. */
    private static final double REFERENCE_BATCH = 256;

    public TrainConfig {
        atMostTheRun("optimizer.warmupEpochs", optimizer.warmupEpochs(), run);
        atMostTheRun("optimizer.freezeLastLayer", optimizer.freezeLastLayer(), run);
        atMostTheRun("mask.startEpoch", mask.startEpoch(), run);
        Check.that(
                mask.layer() < model.depth(),
                "mask.layer",
                mask.layer(),
                "below model.depth (" + model.depth() + "), or -1 for the last block");
        checkLocalCrops(augmentation, model.patch());
        checkRestoration(loss, mask, model);
        double peak = optimizer.learningRate() * run.batch() / REFERENCE_BATCH;
        Check.that(
                optimizer.minLearningRate() <= peak,
                "optimizer.minLearningRate",
                optimizer.minLearningRate(),
                "at most the peak learning rate, optimizer.learningRate * run.batch / 256 (" + peak + ")");
    }

    private static void atMostTheRun(String setting, int epochs, RunConfig run) {
        Check.that(epochs <= run.epochs(), setting, epochs, "at most run.epochs (" + run.epochs() + ")");
    }

    private static void checkLocalCrops(AugmentationConfig augmentation, int patch) {
        Size size = augmentation.localSize();
        Check.that(
                augmentation.localCrops() == 0 || (size.height() % patch == 0 && size.width() % patch == 0),
                "augmentation.localSize",
                size,
                "a multiple of model.patch (" + patch + ")");
    }

    private static void checkRestoration(LossConfig loss, MaskConfig mask, ModelConfig model) {
        Check.that(
                loss.method() != Method.MST || mask.strategy() != MaskStrategy.NONE,
                "mask.strategy",
                "none",
                "one that hides what loss.method mst restores; without masks take loss.method dino");
        Check.that(
                mask.strategy() != MaskStrategy.MST || (int) (mask.candidates() * model.patches()) > 0,
                "mask.candidates",
                mask.candidates(),
                "at least one of the " + model.patches() + " patches of a crop");
    }

    /** Learning rate at the end of the warm-up: learningRate · batch / 256. */
    public double peakLearningRate() {
        return optimizer.learningRate() * run.batch() / REFERENCE_BATCH;
    }

    /**
     * Steps of an epoch; the last images that do not fill a batch are left out.
     *
     * @param images number of training images
     * @throws UserException if they do not fill one batch
     */
    public int stepsPerEpoch(int images) {
        Check.that(run.batch() <= images, "run.batch", run.batch(), "at most the number of images (" + images + ")");
        return images / run.batch();
    }

    /** True if the last layer of the head is not updated in this epoch, counted from 0. */
    public boolean lastLayerFrozen(int epoch) {
        return epoch < optimizer.freezeLastLayer();
    }

    /** True if the student's crops may be masked in this epoch, counted from 0. */
    public boolean masks(int epoch) {
        return mask.strategy() != MaskStrategy.NONE && epoch >= mask.startEpoch();
    }

    /** Block whose attention decides on the masks, 0 the first. */
    public int maskLayer() {
        return mask.layer() < 0 ? model.depth() - 1 : mask.layer();
    }

    /** Size in pixels of the two global crops. */
    public Size globalSize() {
        return model.image();
    }

    /** Crops of an image: two global ones and the local ones. */
    public int crops() {
        return 2 + augmentation.localCrops();
    }
    /**
     * The part that decides what is learned: everything but where the run computes, how often it reports, and where
     * its files lie. Two runs of equal experiments on equal data give equal checkpoints.
     */
    public TrainConfig experiment() {
        RunConfig neutralRun = new RunConfig(
                run.epochs(),
                run.batch(),
                1,
                run.seed(),
                1,
                OnNonFinite.STOP,
                0,
                1,
                0,
                0,
                List.of(1),
                "-",
                DeviceChoice.AUTO,
                Precision.AUTO,
                0,
                "",
                false);
        DataConfig neutralData = new DataConfig(
                data.builtIn() ? data.source() : "-",
                data.subset(),
                data.percent(),
                0,
                0,
                data.shapesTrain(),
                data.shapesValidation(),
                0);
        return new TrainConfig(model, head, mask, loss, optimizer, augmentation, neutralData, neutralRun);
    }
}
