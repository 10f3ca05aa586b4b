package attmask.data;

import attmask.config.UserException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Opens what the user calls data: the built-in images, or a folder in one of several layouts. */
public final class DataSets {
    /** The name of the built-in images. */
    public static final String SHAPES = "shapes";

    private static final List<String> VALIDATION_FOLDERS = List.of("val", "validation", "test");
    private static final List<String> CIFAR_FOLDERS = List.of("", "cifar-10-batches-bin", "cifar-100-binary");
    private static final long CACHE_BYTES = 512L << 20;

    private DataSets() {}

    /**
     * How to open.
     *
     * @param subset the first so many training images of each class; 0 for all
     * @param shapes what the built-in images look like; no matter for folders
     * @param shapesTrain number of built-in training images
     * @param shapesValidation number of built-in validation images
     */
    public record Options(int subset, Shapes.Style shapes, int shapesTrain, int shapesValidation) {
        /** All images; 5,000 and 1,000 built-in ones of 32 × 32 pixels. */
        public static final Options DEFAULT = new Options(0, Shapes.Style.DEFAULT, 5000, 1000);

        /** @throws UserException when a count is out of range */
        public Options {
            if (subset < 0) {
                throw new UserException("subset " + subset + " is negative: give images per class, or 0 for all");
            }
            if (shapesTrain < 1 || shapesValidation < 0) {
                throw new UserException("built-in images: " + shapesTrain + " to train and " + shapesValidation
                        + " to validate on; at least 1 and 0 are needed");
            }
        }
    }

    /**
     * Opens data.
     *
     * @param data {@code shapes}, or a folder: with train/ and optionally val/ (or validation/ or test/), with CIFAR binary
     *     files, with one sub-folder per class, or with images alone
     * @throws UserException one line naming the path and the remedy
     */
    public static DataSet open(String data, Options options) {
        DataSet all = data.equals(SHAPES) ? shapes(options) : folder(path(data));
        AtomicLong budget =
                new AtomicLong(Math.min(CACHE_BYTES, Runtime.getRuntime().maxMemory() / 6));
        ImageSource train =
                options.subset() == 0 ? all.train() : Subset.firstOfEachClass(all.train(), options.subset());
        return new DataSet(cached(train, budget), cached(all.validation(), budget));
    }

    /** CIFAR files are mapped, which is as good as a cache. */
    private static ImageSource cached(ImageSource source, AtomicLong budget) {
        return source instanceof CifarBinary || source instanceof EmptySource
                ? source
                : new CachedImages(source, budget);
    }

    private static Path path(String data) {
        try {
            return Path.of(data);
        } catch (InvalidPathException e) {
            throw new UserException("data '" + data + "' is not a path: " + e.getReason(), e);
        }
    }

    private static DataSet shapes(Options options) {
        return new DataSet(
                new Shapes(options.shapes(), Shapes.Split.TRAIN, options.shapesTrain()),
                new Shapes(options.shapes(), Shapes.Split.VALIDATION, options.shapesValidation()));
    }

    private static DataSet folder(Path root) {
        ImageFolder.requireFolder(root);
        for (String name : CIFAR_FOLDERS) {
            Path folder = root.resolve(name);
            if (CifarBinary.isAt(folder)) {
                return new DataSet(CifarBinary.train(folder), CifarBinary.test(folder));
            }
        }
        if (CifarBinary.isOtherVersionAt(root)) {
            throw new UserException(
                    "data folder " + root
                            + " holds CIFAR's version for Python or Matlab: download the binary version, whose files end in .bin");
        }
        Path train = root.resolve("train");
        if (!Files.isDirectory(train)) {
            ImageFolder images = ImageFolder.open(root);
            return new DataSet(images, new EmptySource(images.classes()));
        }
        ImageFolder images = ImageFolder.open(train);
        for (String name : VALIDATION_FOLDERS) {
            Path validation = root.resolve(name);
            if (Files.isDirectory(validation)) {
                return new DataSet(images, ImageFolder.open(validation, images.classes()));
            }
        }
        return new DataSet(images, new EmptySource(images.classes()));
    }
}
