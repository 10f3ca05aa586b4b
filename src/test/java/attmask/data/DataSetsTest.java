package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.DataConfig;
import attmask.config.Size;
import attmask.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataSetsTest {
    @TempDir
    Path root;

    private DataSet open() {
        return open(root, 0);
    }

    private static DataSet open(Path folder, int subset) {
        return open(folder, subset, 100, 0);
    }

    private static DataSet open(Path folder, int subset, double percent, int validationSubset) {
        DataConfig config = new DataConfig(folder.toString(), subset, percent, validationSubset, 1, 30, 20, 1 << 20);
        return DataSets.open(config, Size.square(16));
    }

    private String refusal() {
        String message = assertThrows(UserException.class, this::open).getMessage();
        assertTrue(message.contains(root.toString()), message);
        assertEquals(1, message.lines().count());
        return message;
    }

    private static List<String> names(ImageSource source) {
        return IntStream.range(0, source.size()).mapToObj(source::name).toList();
    }

    private static List<Integer> labels(ImageSource source) {
        return IntStream.range(0, source.size()).map(source::label).boxed().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"val", "validation", "test"})
    void trainAndValidationFoldersShareTheirLabels(String validation) throws IOException {
        ImageFiles.png(root.resolve("train/ape/1.png"), 1);
        ImageFiles.png(root.resolve("train/dog/1.png"), 2);
        ImageFiles.png(root.resolve(validation + "/dog/9.png"), 3);
        DataSet data = open();
        assertEquals(List.of("ape/1.png", "dog/1.png"), names(data.train()));
        assertTrue(data.hasValidation());
        assertEquals(List.of(1), labels(data.validation()));
        assertEquals(3, data.validation().image(0).get(0, 0, 0));
        assertEquals(List.of("ape", "dog"), data.validation().classes());
    }

    @Test
    void trainAloneClassFoldersAloneAndImagesAloneHaveNoValidation() throws IOException {
        ImageFiles.png(root.resolve("a/train/ape/1.png"), 1);
        ImageFiles.png(root.resolve("b/ape/1.png"), 1);
        ImageFiles.png(root.resolve("c/1.png"), 1);
        for (String name : new String[] {"a", "b", "c"}) {
            DataSet data = open(root.resolve(name), 0);
            assertEquals(1, data.train().size());
            assertFalse(data.hasValidation());
            assertEquals(!name.equals("c"), data.train().labelled());
            assertEquals(data.train().classes(), data.validation().classes());
        }
    }

    @Test
    void aClassOfTheValidationSetAloneIsRefused() throws IOException {
        ImageFiles.png(root.resolve("train/ape/1.png"), 1);
        ImageFiles.png(root.resolve("val/bee/1.png"), 1);
        assertTrue(refusal().contains("bee"));
    }

    @Test
    void emptyFoldersAreRefused() throws IOException {
        refusal();
        Files.createDirectories(root.resolve("train"));
        assertTrue(refusal().contains("train"));
        ImageFiles.png(root.resolve("train/ape/1.png"), 1);
        Files.createDirectories(root.resolve("val"));
        assertTrue(refusal().contains("val"));
    }

    @Test
    void whatIsNoFolderIsRefused() throws IOException {
        Path file = Files.writeString(root.resolve("images.zip"), "packed");
        assertTrue(assertThrows(UserException.class, () -> open(file, 0))
                .getMessage()
                .contains("images.zip"));
        Path missing = root.resolve("missing");
        String message =
                assertThrows(UserException.class, () -> open(missing, 0)).getMessage();
        assertTrue(message.contains(missing.toString()), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "cifar-10-batches-bin/"})
    void cifar10(String folder) throws IOException {
        ImageFiles.cifar(root.resolve(folder + "data_batch_1.bin"), false, 3, 9);
        ImageFiles.cifar(root.resolve(folder + "data_batch_2.bin"), false, 0);
        ImageFiles.cifar(root.resolve(folder + "test_batch.bin"), false, 7);
        DataSet data = open();
        assertEquals(List.of(3, 9, 0), labels(data.train()));
        assertEquals(List.of(7), labels(data.validation()));
        assertEquals(List.of("data_batch_1.bin#0", "data_batch_1.bin#1", "data_batch_2.bin#0"), names(data.train()));
        assertEquals("cat", data.train().classes().get(3));
        RgbImage image = data.train().image(1);
        assertEquals(32, image.width());
        for (int channel = 0; channel < 3; channel++) {
            assertEquals((1 + channel + 5 * 32 + 7) & 0xFF, image.get(7, 5, channel));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "cifar-100-binary/"})
    void cifar100HasFineLabels(String folder) throws IOException {
        ImageFiles.cifar(root.resolve(folder + "train.bin"), true, 99, 42);
        DataSet data = open();
        assertEquals(List.of(99, 42), labels(data.train()));
        assertFalse(data.hasValidation());
        assertEquals(100, data.train().classes().size());
        assertEquals(1 + 2, data.train().image(1).get(0, 0, 2));
        Files.write(
                root.resolve(folder + "fine_label_names.txt"),
                IntStream.range(0, 100).mapToObj(i -> "kind" + i).toList());
        assertEquals("kind42", open().train().classes().get(42));
    }

    @Test
    void damagedCifarIsRefused() throws IOException {
        Path file = root.resolve("data_batch_1.bin");
        Files.write(file, new byte[3072]);
        assertTrue(refusal().contains("3072 bytes"));
        Files.write(file, new byte[0]);
        assertTrue(refusal().contains("0 bytes"));
        ImageFiles.cifar(file, false, 1, 10);
        String message = assertThrows(UserException.class, this::open).getMessage();
        assertTrue(message.contains("data_batch_1.bin#1") && message.contains("label 10"), message);
    }

    @Test
    void cifarForPythonIsToldApart() throws IOException {
        Files.write(root.resolve("data_batch_1"), new byte[10]);
        assertTrue(refusal().contains("binary version"));
    }

    @Test
    void aSubsetTakesTheFirstOfEachClassAndLeavesValidationWhole() throws IOException {
        for (String name : new String[] {"ape/1", "ape/2", "ape/3", "dog/1"}) {
            ImageFiles.png(root.resolve("train/" + name + ".png"), 1);
            ImageFiles.png(root.resolve("val/" + name + ".png"), 1);
        }
        DataSet data = open(root, 2);
        assertEquals(List.of("ape/1.png", "ape/2.png", "dog/1.png"), names(data.train()));
        assertEquals(List.of(0, 0, 1), labels(data.train()));
        assertEquals(4, data.validation().size());
    }

    @Test
    void sharesOfEachClassNestAndKeepEveryClass() throws IOException {
        for (int i = 0; i < 7; i++) {
            ImageFiles.png(root.resolve("train/ape/" + i + ".png"), 1);
        }
        ImageFiles.png(root.resolve("train/dog/0.png"), 1);
        assertEquals(
                List.of("ape/0.png", "dog/0.png"), names(open(root, 0, 5, 0).train()));
        assertEquals(
                List.of("ape/0.png", "ape/1.png", "dog/0.png"),
                names(open(root, 0, 20, 0).train()));
        assertEquals(
                List.of("ape/0.png", "ape/1.png", "dog/0.png"),
                names(open(root, 4, 50, 0).train()),
                "a share of the subset");
        assertEquals(8, open(root, 0, 100, 0).train().size());
    }

    /** 7 % of 100 is 7.000000000000001 in floating point. */
    @Test
    void aShareOfAWholeNumberOfImagesIsThatNumber() {
        DataConfig config = new DataConfig(DataConfig.SHAPES, 100, 7, 3, 1, 2000, 200, 0);
        DataSet data = DataSets.open(config, Size.square(16));
        int classes = data.train().classes().size();
        assertEquals(7 * classes, data.train().size());
        assertEquals(3 * classes, data.validation().size());
    }

    @Test
    void builtInImagesNeedNoFolder() throws IOException {
        DataConfig config = new DataConfig(DataConfig.SHAPES, 2, 100, 0, 1, 30, 20, 0);
        DataSet data = DataSets.open(config, new Size(16, 24));
        assertEquals(20, data.train().size());
        assertEquals(20, data.validation().size());
        assertEquals(24, data.train().image(0).width());
        assertEquals(16, data.train().image(0).height());
    }

    @Test
    void theCacheGivesTheSameImagesAndKeepsToItsBudget() throws IOException {
        ImageFiles.png(root.resolve("1.png"), 77);
        ImageFiles.png(root.resolve("2.png"), 88);
        ImageFolder folder = ImageFolder.open(root);
        // Enough for one of the two: 60 bytes of pixels and 64 of overhead.
        CachedImages cached = new CachedImages(folder, new AtomicLong(130));
        RgbImage first = cached.image(0);
        RgbImage second = cached.image(1);
        Files.delete(root.resolve("1.png"));
        assertArrayEquals(first.rgb(), cached.image(0).rgb());
        assertArrayEquals(second.rgb(), cached.image(1).rgb());
        // A folder without anything would be one whose disk is gone.
        Files.writeString(root.resolve("notes.txt"), "");
        Files.delete(root.resolve("2.png"));
        assertThrows(IOException.class, () -> cached.image(1));
    }
}
