package attmask.data;

import attmask.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Images in a folder: one sub-folder per class, which may have sub-folders itself, or all in the folder itself without
 * labels. Names decide the order, so it is the same on every file system; hidden files and folders are left out.
 */
public final class ImageFolder implements ImageSource {
    private final Path root;
    private final List<String> classes;
    /** Paths inside the root. */
    private final List<String> files = new ArrayList<>();
    /** For each class the index after its last image; empty when unlabelled. */
    private final int[] classEnds;

    private ImageFolder(Path root, List<String> classes) {
        this.root = root;
        this.classes = List.copyOf(classes);
        this.classEnds = new int[classes.size()];
    }

    /**
     * Lists a folder, labelled when it has class folders.
     *
     * @throws UserException when it is missing, unreadable, without images, or has both images and class folders
     */
    public static ImageFolder open(Path root) {
        return open(root, List.of());
    }

    /**
     * Lists a folder whose labels must agree with those of another, say a validation set's with the training set's.
     *
     * @param knownClasses the classes of the other in its order; empty to take the folder's own
     * @throws UserException as {@link #open(Path)}, or when a class is not among the known ones
     */
    public static ImageFolder open(Path root, List<String> knownClasses) {
        requireFolder(root);
        try {
            SortedMap<String, List<String>> byClass = new TreeMap<>();
            List<String> loose = new ArrayList<>();
            for (Path path : sorted(root)) {
                String name = path.getFileName().toString();
                List<String> found = new ArrayList<>();
                addImages(path, name, found);
                if (!found.isEmpty() && isImage(path)) {
                    loose.add(name);
                } else if (!found.isEmpty()) {
                    byClass.put(name, found);
                }
            }
            return loose.isEmpty() ? labelled(root, byClass, knownClasses) : flat(root, loose, byClass);
        } catch (IOException e) {
            throw new UserException(
                    "cannot list data folder " + root + ": " + e.getMessage() + "; check its permissions", e);
        }
    }

    private static ImageFolder flat(Path root, List<String> loose, SortedMap<String, List<String>> byClass) {
        if (!byClass.isEmpty()) {
            throw new UserException("data folder " + root + " has images (" + loose.get(0)
                    + ") beside the class folder " + byClass.firstKey() + ": move the images away, or the folders");
        }
        ImageFolder folder = new ImageFolder(root, List.of());
        folder.files.addAll(loose);
        return folder;
    }

    private static ImageFolder labelled(Path root, SortedMap<String, List<String>> byClass, List<String> knownClasses) {
        if (byClass.isEmpty()) {
            throw new UserException("no images in " + root + ": expected class folders, or files ending in "
                    + String.join(", ", new TreeSet<>(ImageDecoder.EXTENSIONS)));
        }
        List<String> classes = knownClasses.isEmpty() ? List.copyOf(byClass.keySet()) : knownClasses;
        Set<String> known = new HashSet<>(classes);
        for (String name : byClass.keySet()) {
            if (!known.contains(name)) {
                throw new UserException("class folder " + root.resolve(name)
                        + " has no counterpart in the training set: remove it or add the class there");
            }
        }
        ImageFolder folder = new ImageFolder(root, classes);
        for (int label = 0; label < classes.size(); label++) {
            folder.files.addAll(byClass.getOrDefault(classes.get(label), List.of()));
            folder.classEnds[label] = folder.files.size();
        }
        return folder;
    }

    static void requireFolder(Path root) {
        if (!Files.exists(root)) {
            throw new UserException(
                    "data folder " + root + " does not exist: check the path, or use the built-in images: shapes");
        }
        if (!Files.isDirectory(root)) {
            throw new UserException("data " + root + " is a file, but no pack (.pack) or WebDataset (.tar): unpack it"
                    + " and give the folder");
        }
        if (!Files.isReadable(root)) {
            throw new UserException("data folder " + root + " is not readable: check its permissions");
        }
    }

    /** Adds an image, or a folder's images by name and then those of its sub-folders by name. */
    private static void addImages(Path path, String name, List<String> found) throws IOException {
        if (!Files.isDirectory(path)) {
            if (isImage(path)) {
                found.add(name);
            }
            return;
        }
        List<Path> folders = new ArrayList<>();
        for (Path entry : sorted(path)) {
            if (isImage(entry)) {
                found.add(name + "/" + entry.getFileName());
            } else if (Files.isDirectory(entry) && !leadsUp(entry)) {
                folders.add(entry);
            }
        }
        for (Path folder : folders) {
            addImages(folder, name + "/" + folder.getFileName(), found);
        }
    }

    /** Whether a link leads to a folder that it lies in, which would never end. */
    private static boolean leadsUp(Path folder) throws IOException {
        return Files.isSymbolicLink(folder) && folder.getParent().toRealPath().startsWith(folder.toRealPath());
    }

    private static List<Path> sorted(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.filter(path -> !path.getFileName().toString().startsWith("."))
                    .sorted(Comparator.comparing(path -> path.getFileName().toString()))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isImage(Path path) {
        return ImageDecoder.isImageName(path.getFileName().toString()) && Files.isRegularFile(path);
    }

    @Override
    public int size() {
        return files.size();
    }

    @Override
    public int label(int index) {
        if (classes.isEmpty()) {
            return UNLABELLED;
        }
        int label = 0;
        while (classEnds[label] <= index) {
            label++;
        }
        return label;
    }

    @Override
    public String name(int index) {
        return files.get(index);
    }

    /**
     * {@inheritDoc}
     *
     * @throws UserException when all images are gone, say with the disk they were on: nothing could take their place
     */
    @Override
    public RgbImage image(int index) throws IOException {
        try {
            return ImageDecoder.decode(ImageDecoder.read(root.resolve(files.get(index))));
        } catch (IOException e) {
            if (isGone()) {
                throw new UserException("data folder " + root + " is gone or empty now: bring it back", e);
            }
            throw e;
        }
    }

    @Override
    public Optional<byte[]> file(int index) throws IOException {
        return Optional.of(ImageDecoder.read(root.resolve(files.get(index))));
    }

    /** A mount point stays when its disk goes. */
    private boolean isGone() {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            return !entries.iterator().hasNext();
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
