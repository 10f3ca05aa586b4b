package attmask.data;

import attmask.config.UserException;

/**
 * How crops are drawn. Defaults are DINO's and iBOT's, which AttMask uses.
 *
 * @param globalSize size of the two global crops
 * @param localSize size of the local crops; no matter when there are none
 * @param localCrops number of local crops, 0 or more
 * @param globalScale share of the image's area that a global crop covers
 * @param localScale likewise of a local crop
 * @param ratio width / height of the part cut out, drawn uniformly in the logarithm
 * @param flip probability of a mirror image
 * @param jitter colour jitter
 * @param grey probability of a grey crop
 * @param blurRadius standard deviation of the blur in pixels; the published range is for crops of 224 pixels
 * @param blurGlobal1 probability of blurring the first global crop
 * @param blurGlobal2 the second
 * @param blurLocal each local crop
 * @param solariseGlobal2 probability of solarising the second global crop
 */
public record MultiCropSettings(
        CropSize globalSize,
        CropSize localSize,
        int localCrops,
        Interval globalScale,
        Interval localScale,
        Interval ratio,
        double flip,
        ColorJitter jitter,
        double grey,
        Interval blurRadius,
        double blurGlobal1,
        double blurGlobal2,
        double blurLocal,
        double solariseGlobal2) {

    /** The kinds of crop. */
    public enum View {
        GLOBAL_1,
        GLOBAL_2,
        LOCAL
    }

    /** @throws UserException when a value is out of range */
    public MultiCropSettings {
        if (localCrops < 0 || localCrops > 64) {
            throw new UserException("local crops: " + localCrops + " is not in 0..64");
        }
        requireScale("global", globalScale);
        requireScale("local", localScale);
        if (!(ratio.min() > 0)) {
            throw new UserException("crop ratio from " + ratio.min() + ": it must be above 0");
        }
        if (!(blurRadius.min() >= 0) || blurRadius.max() > 100) {
            throw new UserException("blur radius " + blurRadius.min() + ".." + blurRadius.max() + " is not in 0..100");
        }
        requireProbability("flip", flip);
        requireProbability("grey", grey);
        requireProbability("blur of global crop 1", blurGlobal1);
        requireProbability("blur of global crop 2", blurGlobal2);
        requireProbability("blur of local crops", blurLocal);
        requireProbability("solarise of global crop 2", solariseGlobal2);
    }

    private static void requireScale(String name, Interval scale) {
        if (!(scale.min() > 0) || scale.max() > 1) {
            throw new UserException(
                    name + " crop scale " + scale.min() + ".." + scale.max() + ": it must be above 0 and at most 1");
        }
    }

    private static void requireProbability(String name, double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new UserException("probability of " + name + ": " + probability + " is not in 0..1");
        }
    }

    /** The published run on 20 % of ImageNet: two crops of 224 and six of 96 pixels. */
    public static MultiCropSettings published() {
        return of(CropSize.square(224), CropSize.square(96), 6, new Interval(0.25, 1), new Interval(0.05, 0.25));
    }

    /** Sizes, number and scales of the crops, all else as published. */
    public static MultiCropSettings of(
            CropSize globalSize, CropSize localSize, int localCrops, Interval globalScale, Interval localScale) {
        return new MultiCropSettings(
                globalSize,
                localSize,
                localCrops,
                globalScale,
                localScale,
                new Interval(3.0 / 4, 4.0 / 3),
                0.5,
                ColorJitter.PUBLISHED,
                0.2,
                new Interval(0.1, 2),
                1.0,
                0.1,
                0.5,
                0.2);
    }

    /** The same with another range of blur radii, in pixels. */
    public MultiCropSettings withBlurRadius(Interval radius) {
        return new MultiCropSettings(
                globalSize, localSize, localCrops, globalScale, localScale, ratio, flip, jitter, grey, radius, blurGlobal1,
                blurGlobal2, blurLocal, solariseGlobal2);
    }

    /** The same with another colour jitter. */
    public MultiCropSettings withJitter(ColorJitter other) {
        return new MultiCropSettings(
                globalSize, localSize, localCrops, globalScale, localScale, ratio, flip, other, grey, blurRadius, blurGlobal1,
                blurGlobal2, blurLocal, solariseGlobal2);
    }

    CropSize size(View view) {
        return view == View.LOCAL ? localSize : globalSize;
    }

    Interval scale(View view) {
        return view == View.LOCAL ? localScale : globalScale;
    }

    double blur(View view) {
        return switch (view) {
            case GLOBAL_1 -> blurGlobal1;
            case GLOBAL_2 -> blurGlobal2;
            case LOCAL -> blurLocal;
        };
    }

    double solarise(View view) {
        return view == View.GLOBAL_2 ? solariseGlobal2 : 0;
    }
}
