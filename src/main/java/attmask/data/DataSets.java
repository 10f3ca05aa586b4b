package attmask.data;

import attmask.config.DataConfig;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.data.pack.PackIndex;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Opens what the user calls data: the built-in images, a folder in one of several layouts, a pack, or tar files. */
public final class DataSets {
    /** Decoded images that are kept get one of so many parts of the heap at most. */
    public static final int SHARE_OF_HEAP = 6;

    private static final List<String> VALIDATION_FOLDERS = List.of("val", "validation", "test");
    private static final List<String> CIFAR_FOLDERS = List.of("", "cifar-10-batches-bin", "cifar-100-binary");

    private DataSets() {}

    /**
     * Opens data.
     *
     * @param config names {@code shapes}, or a folder: with train/ and optionally val/ (or validation/ or test/), with
     *     CIFAR binary files, with one sub-folder per class, with images alone, or with WebDataset's tar files; or a
     *     pack or a tar file
     * @throws UserException one line naming the path and the remedy
     */
    public static DataSet open(DataConfig config, Size imageSize) {
        DataSet all = config.builtIn() ? shapes(config, imageSize) : at(path(config.source()));
        AtomicLong budget = new AtomicLong(cacheBudget(config));
        ImageSource train = first(all.train(), config.subset());
        ImageSource share = config.percent() < 100 ? Subset.shareOfEachClass(train, config.percent()) : train;
        return new DataSet(cached(share, budget), cached(first(all.validation(), config.validationSubset()), budget));
    }

    /** Bytes of decoded images that are kept at most: as many as asked for, and not more than a sixth of the heap. */
    public static long cacheBudget(DataConfig config) {
        return Math.min(config.cacheBytes(), Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    }

    /** The first {@code count} images of each class; all for 0. */
    private static ImageSource first(ImageSource source, int count) {
        return count == 0 || source.size() == 0 ? source : Subset.firstOfEachClass(source, count);
    }

    private static ImageSource cached(ImageSource source, AtomicLong budget) {
        return source.decodes() ? new CachedImages(source, budget) : source;
    }

    private static Path path(String data) {
        try {
            return Path.of(data);
        } catch (InvalidPathException e) {
            throw new UserException("data '" + data + "' is not a path: " + e.getReason(), e);
        }
    }

    private static DataSet shapes(DataConfig config, Size imageSize) {
        Shapes.Style style = Shapes.Style.DEFAULT.withSize(imageSize);
        return new DataSet(
                new Shapes(style, Shapes.Split.TRAIN, config.shapesTrain()),
                new Shapes(style, Shapes.Split.VALIDATION, config.shapesValidation()));
    }

    /**
     * Opens all of a folder, a pack or a tar file.
     *
     * @throws UserException one line naming the path and the remedy
     */
    public static DataSet at(Path root) {
        if (Files.isRegularFile(root) && PackIndex.isNameOfPack(root)) {
            return PackedImages.open(root);
        }
        if (Files.isRegularFile(root) && TarImages.isTar(root)) {
            return TarImages.open(root);
        }
        ImageFolder.requireFolder(root);
        return folder(root);
    }

    private static DataSet folder(Path root) {
        for (String name : CIFAR_FOLDERS) {
            Path folder = root.resolve(name);
            if (CifarBinary.isAt(folder)) {
                return new DataSet(CifarBinary.train(folder), CifarBinary.test(folder));
            }
        }
        if (CifarBinary.isOtherVersionAt(root)) {
            throw new UserException("data folder " + root
                    + " holds CIFAR's version for Python or Matlab: download the binary version, "
                    + "whose files end in .bin");
        }
        if (TarImages.isAt(root)) {
            return TarImages.open(root);
        }
        Path train = root.resolve("train");
        if (!Files.isDirectory(train)) {
            ImageFolder images = ImageFolder.open(root);
            return new DataSet(images, new EmptySource(images.classes()));
        }
        ImageSource images = images(train, List.of());
        for (String name : VALIDATION_FOLDERS) {
            Path validation = root.resolve(name);
            if (Files.isDirectory(validation)) {
                return new DataSet(images, images(validation, images.classes()));
            }
        }
        return new DataSet(images, new EmptySource(images.classes()));
    }

    private static ImageSource images(Path folder, List<String> knownClasses) {
        return Files.isDirectory(folder) && TarImages.isAt(folder)
                ? TarImages.in(folder, knownClasses)
                : ImageFolder.open(folder, knownClasses);
    }
}
