package attmask.data;

import attmask.config.UserException;
import attmask.file.Untrusted;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Images in tar files as WebDataset writes them, read where they lie. Files are opened for each image, so their number
 * is not limited.
 */
public final class TarImages implements ImageSource {
    private static final String EXTENSION = ".tar";
    private static final Set<String> VALIDATION_WORDS = Set.of("val", "valid", "validation", "test");

    /** Where an image lies. */
    private record Place(Path file, TarIndex.Member member) {}

    private final List<Place> places;
    private final List<String> classes;
    private final int[] labels;

    private TarImages(List<Place> places, List<String> classes, int[] labels) {
        this.places = places;
        this.classes = classes;
        this.labels = labels;
    }

    static boolean isTar(Path file) {
        return file.getFileName() != null && file.getFileName().toString().endsWith(EXTENSION);
    }

    /** Whether a folder holds tar files and neither images nor other folders, where a tar may be but a download. */
    static boolean isAt(Path folder) {
        boolean found = false;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                boolean hidden = name.startsWith(".");
                if (!hidden && (Files.isDirectory(entry) || ImageDecoder.isImageName(name))) {
                    return false;
                }
                found |= !hidden && isTar(entry);
            }
        } catch (IOException e) {
            return false;
        }
        return found;
    }

    /**
     * Opens a tar file, or the tar files of a folder: those with the word val, validation or test in their names are
     * for validation, unless all are.
     *
     * @throws UserException if one is damaged, there are no images, or only some have labels
     */
    static DataSet open(Path fileOrFolder) {
        List<Path> files = Files.isDirectory(fileOrFolder) ? in(fileOrFolder) : List.of(fileOrFolder);
        List<Path> train =
                files.stream().filter(Predicate.not(TarImages::isForValidation)).toList();
        if (train.isEmpty() || train.size() == files.size()) {
            TarImages images = of(files, List.of());
            return new DataSet(images, new EmptySource(images.classes));
        }
        TarImages images = of(train, List.of());
        return new DataSet(
                images, of(files.stream().filter(TarImages::isForValidation).toList(), images.classes));
    }

    /**
     * Opens all tar files of a folder.
     *
     * @param knownClasses those of the training set; empty to take the files' own
     */
    static TarImages in(Path folder, List<String> knownClasses) {
        return of(in(folder), knownClasses);
    }

    private static List<Path> in(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                folder, path -> isTar(path) && !path.getFileName().toString().startsWith("."))) {
            entries.forEach(files::add);
        } catch (IOException e) {
            throw new UserException(
                    "cannot list data folder " + folder + ": " + e.getMessage() + "; check its permissions", e);
        }
        files.sort(null);
        return files;
    }

    private static boolean isForValidation(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return Arrays.stream(name.split("[^a-z]+")).anyMatch(VALIDATION_WORDS::contains);
    }

    private static TarImages of(List<Path> files, List<String> knownClasses) {
        List<Place> places = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (Path file : files) {
            for (TarIndex.Sample sample : TarIndex.of(file)) {
                places.add(new Place(file, sample.image()));
                // Labels are few and repeated: one string each.
                texts.add(sample.label() == null ? null : sample.label().intern());
            }
        }
        Path first = files.get(0);
        if (places.isEmpty()) {
            throw new UserException("no images in " + first + (files.size() > 1 ? " and its neighbours" : "")
                    + ": a WebDataset's samples have files such as NAME.jpg and NAME.cls");
        }
        int unlabelled = texts.indexOf(null);
        if (unlabelled >= 0 && texts.stream().anyMatch(Objects::nonNull)) {
            throw new UserException("image " + Untrusted.shown(nameOf(places.get(unlabelled)))
                    + " has no label, but others have:" + " give each a .cls or a .json with a label, or none");
        }
        List<String> classes = knownClasses.isEmpty() ? TarLabels.classes(texts) : knownClasses;
        int[] labels = unlabelled >= 0 ? new int[0] : TarLabels.numbers(texts, classes, first.toString());
        return new TarImages(places, unlabelled >= 0 ? List.of() : classes, labels);
    }

    /** Bytes of a file from {@code offset} on. */
    static byte[] read(Path file, long offset, int count) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            if (count > channel.size() - offset) {
                throw new EOFException("truncated");
            }
            ByteBuffer bytes = ByteBuffer.allocate(count);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, offset + bytes.position()) < 0) {
                    throw new EOFException("truncated");
                }
            }
            return bytes.array();
        }
    }

    @Override
    public int size() {
        return places.size();
    }

    @Override
    public int label(int index) {
        return labels.length == 0 ? UNLABELLED : labels[index];
    }

    @Override
    public String name(int index) {
        return nameOf(places.get(index));
    }

    private static String nameOf(Place place) {
        return place.file().getFileName() + "/" + place.member().name();
    }

    @Override
    public RgbImage image(int index) throws IOException {
        return ImageDecoder.decode(bytes(index));
    }

    @Override
    public Optional<byte[]> file(int index) throws IOException {
        return Optional.of(bytes(index));
    }

    private byte[] bytes(int index) throws IOException {
        Place place = places.get(index);
        ImageDecoder.checkLength(place.member().bytes());
        return read(place.file(), place.member().offset(), (int) place.member().bytes());
    }

    @Override
    public List<String> classes() {
        return classes;
    }
}
