package attmask.data;

import attmask.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * CIFAR-10 and CIFAR-100 in their binary versions: records of one label (CIFAR-100: coarse and fine, of which the fine
 * one counts) and 3072 bytes, the red, green and blue planes of a 32 × 32 image. The files are mapped, not loaded.
 */
public final class CifarBinary implements ImageSource {
    private static final int SIDE = 32;
    private static final int PIXELS = SIDE * SIDE;

    /** Layout of the two versions. */
    private enum Version {
        CIFAR_10(1, "batches.meta.txt", 10),
        CIFAR_100(2, "fine_label_names.txt", 100);

        private final int labelBytes;
        private final String namesFile;
        private final int classCount;

        Version(int labelBytes, String namesFile, int classCount) {
            this.labelBytes = labelBytes;
            this.namesFile = namesFile;
            this.classCount = classCount;
        }

        int recordBytes() {
            return labelBytes + 3 * PIXELS;
        }
    }

    private static final List<String> CIFAR_10_NAMES =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    private final Version version;
    private final List<String> classes;
    private final List<ByteBuffer> maps = new ArrayList<>();
    private final List<Path> files;
    private int size;

    private CifarBinary(Version version, Path folder, List<Path> files) {
        this.version = version;
        this.classes = classNames(version, folder);
        this.files = files;
        for (Path file : files) {
            ByteBuffer map = map(file, version);
            maps.add(map);
            size += map.limit() / version.recordBytes();
        }
        IntStream.range(0, size).forEach(this::checkLabel);
    }

    /** Whether a folder holds the files of one of the versions. */
    static boolean isAt(Path folder) {
        return Files.isRegularFile(folder.resolve("train.bin"))
                || !batches(folder).isEmpty();
    }

    /** Whether a folder holds the versions for Python or Matlab, which are not read. */
    static boolean isOtherVersionAt(Path folder) {
        return Files.isRegularFile(folder.resolve("data_batch_1"))
                || Files.isRegularFile(folder.resolve("data_batch_1.mat"))
                || (Files.isRegularFile(folder.resolve("train")) && Files.isRegularFile(folder.resolve("meta")));
    }

    /**
     * The training images: {@code data_batch_*.bin} in order, or {@code train.bin}.
     *
     * @throws UserException when a file is unreadable or not a whole number of records
     */
    static CifarBinary train(Path folder) {
        List<Path> batches = batches(folder);
        return batches.isEmpty()
                ? new CifarBinary(Version.CIFAR_100, folder, List.of(folder.resolve("train.bin")))
                : new CifarBinary(Version.CIFAR_10, folder, batches);
    }

    /** The test images, {@code test_batch.bin} or {@code test.bin}; none when the file is missing. */
    static ImageSource test(Path folder) {
        boolean ten = !batches(folder).isEmpty();
        Path file = folder.resolve(ten ? "test_batch.bin" : "test.bin");
        Version version = ten ? Version.CIFAR_10 : Version.CIFAR_100;
        return new CifarBinary(version, folder, Files.isRegularFile(file) ? List.of(file) : List.of());
    }

    private static List<Path> batches(Path folder) {
        return IntStream.rangeClosed(1, 5)
                .mapToObj(number -> folder.resolve("data_batch_" + number + ".bin"))
                .filter(Files::isRegularFile)
                .toList();
    }

    private static ByteBuffer map(Path file, Version version) {
        try (FileChannel channel = FileChannel.open(file)) {
            long length = channel.size();
            if (length == 0 || length % version.recordBytes() != 0 || length > Integer.MAX_VALUE) {
                throw new UserException("CIFAR file " + file + " has " + length + " bytes, not a multiple of "
                        + version.recordBytes() + ": it is damaged; download and unpack it again");
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, length);
        } catch (IOException e) {
            throw new UserException("cannot read CIFAR file " + file + ": " + e.getMessage(), e);
        }
    }

    private static List<String> classNames(Version version, Path folder) {
        Path file = folder.resolve(version.namesFile);
        if (Files.isRegularFile(file)) {
            try (Stream<String> lines = Files.lines(file)) {
                List<String> names =
                        lines.map(String::strip).filter(name -> !name.isEmpty()).toList();
                if (names.size() == version.classCount) {
                    return names;
                }
            } catch (IOException | UncheckedIOException e) {
                throw new UserException("cannot read CIFAR class names " + file + ": " + e.getMessage(), e);
            }
        }
        return version == Version.CIFAR_10
                ? CIFAR_10_NAMES
                : IntStream.range(0, version.classCount)
                        .mapToObj(Integer::toString)
                        .toList();
    }

    private void checkLabel(int index) {
        if (label(index) >= version.classCount) {
            throw new UserException("CIFAR image " + name(index) + " has label " + label(index) + " of "
                    + version.classCount + ": the file is damaged; download and unpack it again");
        }
    }

    @Override
    public int size() {
        return size;
    }

    /** Which file, and the byte at which the record begins: {file, byte}. */
    private int[] locate(int index) {
        int file = 0;
        int rest = Objects.checkIndex(index, size);
        while (rest >= maps.get(file).limit() / version.recordBytes()) {
            rest -= maps.get(file).limit() / version.recordBytes();
            file++;
        }
        return new int[] {file, rest * version.recordBytes()};
    }

    @Override
    public int label(int index) {
        int[] place = locate(index);
        return maps.get(place[0]).get(place[1] + version.labelBytes - 1) & 0xFF;
    }

    @Override
    public String name(int index) {
        int[] place = locate(index);
        return files.get(place[0]).getFileName() + "#" + place[1] / version.recordBytes();
    }

    @Override
    public RgbImage image(int index) {
        int[] place = locate(index);
        byte[] planes = new byte[3 * PIXELS];
        maps.get(place[0]).get(place[1] + version.labelBytes, planes);
        RgbImage image = RgbImage.black(SIDE, SIDE);
        for (int pixel = 0; pixel < PIXELS; pixel++) {
            for (int channel = 0; channel < 3; channel++) {
                image.rgb()[pixel * 3 + channel] = planes[channel * PIXELS + pixel];
            }
        }
        return image;
    }

    /** The files are mapped, which is as good as a cache. */
    @Override
    public boolean decodes() {
        return false;
    }

    @Override
    public List<String> classes() {
        return classes;
    }
}
