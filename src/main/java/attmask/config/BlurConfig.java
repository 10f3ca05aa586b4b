package attmask.config;

/**
 * Gaussian blur as Pillow does it.
 *
 * @param global1 probability for the first global crop
 * @param global2 for the second
 * @param local for local crops
 * @param radius standard deviation in pixels, drawn uniformly
 */
public record BlurConfig(double global1, double global2, double local, Range radius) {
    private static final double LARGEST_RADIUS = 1000;

    public BlurConfig {
        Check.unit("augmentation.blur.global1", global1);
        Check.unit("augmentation.blur.global2", global2);
        Check.unit("augmentation.blur.local", local);
        radius.within("augmentation.blur.radius", 0, LARGEST_RADIUS);
    }
}
