package attmask.data;

import attmask.config.AugmentationConfig;
import attmask.config.Range;
import attmask.config.Size;

/**
 * How crops are drawn: the settings seen by kind of crop.
 *
 * @param globalSize size of the two global crops
 */
public record MultiCropSettings(Size globalSize, AugmentationConfig augmentation) {
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
