package attmask.config;

/**
 * Where images come from.
 *
 * @param source a folder, or {@value #SHAPES} for the built-in images
 * @param subset first so many training images of each class in sorted order; 0 for all
 * @param percent of these, the first so many percent of each class: a smaller share lies within a larger one
 * @param validationSubset first so many validation images of each class in sorted order; 0 for all
 * @param workers threads that decode and augment; 0 for one on each core
 * @param shapesTrain number of built-in images to train on
 * @param shapesValidation and to validate on
 * @param cacheBytes memory for decoded images, in bytes; 0 keeps none
 */
public record DataConfig(
        String source,
        int subset,
        double percent,
        int validationSubset,
        int workers,
        int shapesTrain,
        int shapesValidation,
        long cacheBytes) {
    private static final double ALL = 100;

    /** Name of the built-in images. */
    public static final String SHAPES = "shapes";

    public DataConfig {
        Check.that(!source.isBlank(), "data.source", "empty", "a folder of images or " + SHAPES);
        Check.notNegative("data.subset", subset);
        Check.that(percent > 0 && percent <= ALL, "data.percent", percent, "above 0 and at most 100");
        Check.notNegative("data.validationSubset", validationSubset);
        Check.notNegative("data.workers", workers);
        Check.positive("data.shapesTrain", shapesTrain);
        Check.positive("data.shapesValidation", shapesValidation);
        Check.notNegative("data.cacheBytes", cacheBytes);
    }

    /** Some images of each class, everything else as it comes: for evaluations. */
    public static DataConfig of(String source, int subset, DataConfig builtIn) {
        return new DataConfig(
                source, subset, ALL, 0, 0, builtIn.shapesTrain, builtIn.shapesValidation, builtIn.cacheBytes);
    }

    /** True for the built-in images, which need no files. */
    public boolean builtIn() {
        return source.equals(SHAPES);
    }
}
