package attmask.eval;

import attmask.config.Range;
import attmask.data.CropBatch;
import attmask.data.CropLoader;
import attmask.data.MultiCropSettings;
import attmask.data.ReadableImages;

/**
 * Features of a random crop, mirrored half the time, of each image, new in each epoch. Images that do not fill a batch
 * wait for another epoch.
 */
public final class AugmentedFeatures implements FeatureBatches, AutoCloseable {
    private static final int PREFETCH = 2;

    private final Encoder encoder;
    private final CropLoader loader;
    private final float[] features;

    /**
     * Starts the workers.
     *
     * @param encoder whose batch is the batch
     * @param scale share of the image's area that a crop covers
     * @param epochs that will be asked for
     * @throws attmask.config.UserException if the images do not fill a batch
     */
    public AugmentedFeatures(Encoder encoder, ReadableImages images, Range scale, int epochs, long seed, int workers) {
        this.encoder = encoder;
        loader = new CropLoader(
                images,
                MultiCropSettings.single(encoder.model().image(), scale, 0),
                new CropLoader.Options(seed, encoder.batch(), epochs, 0, 0, workers, PREFETCH));
        features = new float[encoder.batch() * encoder.featureWidth()];
    }

    @Override
    public int width() {
        return encoder.featureWidth();
    }

    @Override
    public int batch() {
        return encoder.batch();
    }

    @Override
    public int stepsPerEpoch() {
        return loader.stepsPerEpoch();
    }

    @Override
    public void epoch(int epoch, Step step) {
        for (int i = 0; i < loader.stepsPerEpoch(); i++) {
            CropBatch batch = loader.next();
            encoder.features(batch.globals(), features);
            step.accept(features, batch.labels(), batch.rows());
            batch.release();
        }
    }

    @Override
    public void close() {
        loader.close();
    }
}
