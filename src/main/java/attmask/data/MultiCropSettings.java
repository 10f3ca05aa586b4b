package attmask.data;

import attmask.config.AugmentationConfig;
import attmask.config.BlurConfig;
import attmask.config.JitterConfig;
import attmask.config.Range;
import attmask.config.Size;

/**
 * How crops are drawn: the settings seen by kind of crop.
 *
 * @param globalSize size of the global crops
 * @param globals how many of an image, 1 or 2
 * @param erasing probability of a global crop to have a part erased ({@link RandomErasing})
 */
public record MultiCropSettings(Size globalSize, AugmentationConfig augmentation, int globals, double erasing) {
    private static final JitterConfig NO_JITTER = new JitterConfig(0, 0, 0, 0, 0);
    private static final BlurConfig NO_BLUR = new BlurConfig(0, 0, 0, new Range(0, 0));

    /** Self-distillation's two global crops and its local ones. */
    public MultiCropSettings(Size globalSize, AugmentationConfig augmentation) {
        this(globalSize, augmentation, 2, 0);
    }

    /** What training with labels sees: one crop of an image, mirrored half the time, colours as they are. */
    public static MultiCropSettings single(Size size, Range scale, double erasing) {
        return new MultiCropSettings(
                size, new AugmentationConfig(0, size, scale, scale, 0.5, NO_JITTER, 0, NO_BLUR, 0), 1, erasing);
    }

    /** Width over height of the part cut out, drawn uniformly in the logarithm. */
    static final Range RATIO = new Range(3.0 / 4, 4.0 / 3);

    /** The kinds of crop. */
    enum View {
        GLOBAL_1,
        GLOBAL_2,
        LOCAL
    }

    int localCrops() {
        return augmentation.localCrops();
    }

    Size localSize() {
        return augmentation.localSize();
    }

    Size size(View view) {
        return view == View.LOCAL ? localSize() : globalSize;
    }

    Range scale(View view) {
        return view == View.LOCAL ? augmentation.localScale() : augmentation.globalScale();
    }

    /** Probability of blur. */
    double blur(View view) {
        return switch (view) {
            case GLOBAL_1 -> augmentation.blur().global1();
            case GLOBAL_2 -> augmentation.blur().global2();
            case LOCAL -> augmentation.blur().local();
        };
    }

    /** Probability of solarisation. */
    double solarise(View view) {
        return view == View.GLOBAL_2 ? augmentation.solarise() : 0;
    }
}
