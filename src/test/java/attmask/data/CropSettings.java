package attmask.data;

import attmask.config.AugmentationConfig;
import attmask.config.BlurConfig;
import attmask.config.JitterConfig;
import attmask.config.Range;
import attmask.config.Size;

/** The published augmentation (DINO) at sizes that tests can afford. */
final class CropSettings {
    private CropSettings() {}

    static MultiCropSettings published(Size global, int localCrops, Size local) {
        return new MultiCropSettings(
                global,
                new AugmentationConfig(
                        localCrops,
                        local,
                        new Range(0.25, 1),
                        new Range(0.05, 0.25),
                        0.5,
                        new JitterConfig(0.8, 0.4, 0.4, 0.2, 0.1),
                        0.2,
                        new BlurConfig(1.0, 0.1, 0.5, new Range(0.1, 2)),
                        0.2));
    }
}
