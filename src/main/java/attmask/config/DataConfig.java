package attmask.config;

/**
 * Where images come from.
 *
 * @param source a folder, or {@value #SHAPES} for the built-in images
 * @param subset first so many images of each class in sorted order; 0 for all
 * @param workers threads that decode and augment; 0 for one on each core
 * @param shapesTrain number of built-in images to train on
 * @param shapesValidation and to validate on
 * @param cacheBytes memory for decoded images, in bytes; 0 keeps none
 */
public record DataConfig(
        String source, int subset, int workers, int shapesTrain, int shapesValidation, long cacheBytes) {
    /** Name of the built-in images. */
    public static final String SHAPES = "shapes";

    public DataConfig {
        Check.that(!source.isBlank(), "data.source", "empty", "a folder of images or " + SHAPES);
        Check.notNegative("data.subset", subset);
        Check.notNegative("data.workers", workers);
        Check.positive("data.shapesTrain", shapesTrain);
        Check.positive("data.shapesValidation", shapesValidation);
        Check.notNegative("data.cacheBytes", cacheBytes);
    }

    /** True for the built-in images, which need no files. */
    public boolean builtIn() {
        return source.equals(SHAPES);
    }
}
