package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarImagesTest {
    @TempDir
    Path root;

    private byte[] png(int red) {
        Path file = root.resolve("png/" + red + ".png");
        try {
            ImageFiles.png(file, red);
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Names and contents by turns; a number is a PNG of that red, all else is text. */
    private Path tar(String name, Object... members) throws IOException {
        return tar(TarArchiveOutputStream.LONGFILE_POSIX, name, members);
    }

    private Path tar(int longNames, String name, Object... members) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            Object content = members[i + 1];
            files.put((String) members[i], content instanceof Integer red ? png(red) : text((String) content));
        }
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(file))) {
            out.setLongFileMode(longNames);
            for (Map.Entry<String, byte[]> member : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(member.getKey());
                entry.setSize(member.getValue().length);
                out.putArchiveEntry(entry);
                out.write(member.getValue());
                out.closeArchiveEntry();
            }
        }
        return file;
    }

    private static List<String> names(ImageSource source) {
        return IntStream.range(0, source.size()).mapToObj(source::name).toList();
    }

    private static List<Integer> labels(ImageSource source) {
        return IntStream.range(0, source.size()).map(source::label).boxed().toList();
    }

    private static String refusal(Path path) {
        String message =
                assertThrows(UserException.class, () -> DataSets.at(path)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @ParameterizedTest
    @ValueSource(ints = {TarArchiveOutputStream.LONGFILE_POSIX, TarArchiveOutputStream.LONGFILE_GNU})
    void samplesAreFoundWhereTheyLie(int longNames) throws IOException {
        String deep = "folder/".repeat(30);
        Path file = tar(
                longNames,
                "a.tar",
                "0001.cls",
                "2",
                "0001.png",
                11,
                "0001.txt",
                "a caption",
                deep + "0002.thumb.PNG",
                12,
                deep + "0002.cls",
                "0\n",
                "._0003.png",
                "a Mac's",
                "0004.txt",
                "without an image",
                "0005.png",
                13,
                "0005.json",
                "{\"caption\": \"label\", \"label\": 1, \"cls\": 5}");
        DataSet data = DataSets.at(file);
        assertEquals(
                List.of("a.tar/0001.png", "a.tar/" + deep + "0002.thumb.PNG", "a.tar/0005.png"), names(data.train()));
        assertEquals(List.of(2, 0, 1), labels(data.train()));
        assertEquals(List.of("0", "1", "2"), data.train().classes());
        assertFalse(data.hasValidation());
        for (int i = 0; i < 3; i++) {
            assertArrayEquals(png(11 + i), data.train().file(i).orElseThrow());
            assertEquals(11 + i, data.train().image(i).get(0, 0, 0));
        }
    }

    @Test
    void aFolderOfShardsIsSplitByTheirNames() throws IOException {
        tar("set/x-train-0001.tar", "a.png", 3, "a.cls", "cat");
        tar("set/x-train-0000.tar", "a.png", 1, "a.cls", "dog", "b.png", 2, "b.cls", "ape");
        tar("set/x-validation-0000.tar", "a.png", 4, "a.cls", "dog");
        Files.writeString(root.resolve("set/README.md"), "about it");
        DataSet data = DataSets.at(root.resolve("set"));
        assertEquals(
                List.of("x-train-0000.tar/a.png", "x-train-0000.tar/b.png", "x-train-0001.tar/a.png"),
                names(data.train()));
        assertEquals(List.of("ape", "cat", "dog"), data.train().classes());
        assertEquals(List.of(2, 0, 1), labels(data.train()));
        assertEquals(List.of(2), labels(data.validation()));
        tar("set/x-test-0000.tar", "a.png", 4, "a.cls", "bee");
        assertTrue(refusal(root.resolve("set")).contains("bee"));
    }

    @Test
    void trainAndValFoldersMayHoldShards() throws IOException {
        tar("set/train/0.tar", "a.png", 1, "a.cls", "1", "b.png", 1, "b.cls", "0");
        tar("set/val/0.tar", "a.png", 5, "a.cls", "01");
        DataSet data = DataSets.at(root.resolve("set"));
        assertEquals(List.of(1, 0), labels(data.train()));
        assertEquals(List.of(1), labels(data.validation()));
    }

    @Test
    void aTarBesideOtherImagesIsADownload() throws IOException {
        tar("set/images.tar", "a.png", 1);
        ImageFiles.png(root.resolve("set/ape/1.png"), 1);
        assertEquals(
                List.of("ape/1.png"), names(DataSets.at(root.resolve("set")).train()));
        tar("cifar/cifar.tar", "a.png", 1);
        ImageFiles.cifar(root.resolve("cifar/data_batch_1.bin"), false, 3);
        assertEquals(
                List.of("data_batch_1.bin#0"),
                names(DataSets.at(root.resolve("cifar")).train()));
    }

    @Test
    void withoutLabelsAllOrNone() throws IOException {
        DataSet none = DataSets.at(tar("none.tar", "a.png", 1, "b.png", 2, "b.json", "{\"caption\": 1}"));
        assertFalse(none.train().labelled());
        assertEquals(List.of(-1, -1), labels(none.train()));
        Path some = tar("some.tar", "a.png", 1, "b.png", 2, "b.cls", "1");
        assertTrue(refusal(some).contains("a.png has no label"));
    }

    @Test
    void whatIsWrongIsOneLine() throws IOException {
        assertTrue(refusal(tar("empty.tar", "a.txt", "no image")).contains("no images"));
        assertTrue(refusal(tar("json.tar", "a.png", 1, "a.json", "{\"label\"")).contains("a.json is no JSON"));
        assertTrue(refusal(tar("huge.tar", "a.png", 1, "a.cls", "999999999")).contains("label 999999999"));
        Path file = tar("cut.tar", "a.png", 1, "a.cls", "1");
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, 512 + 20));
        assertTrue(refusal(file).contains("cut short?"));
        Files.write(file, Arrays.copyOf(whole, 300));
        assertTrue(refusal(file).contains("cut.tar"));
        Path escapes = tar("escapes.tar", "\u001b[31m\n.png", 1, "\u001b[31m\n.json", "?");
        assertTrue(refusal(escapes).contains("?[31m?.json"), refusal(escapes));
    }

    @Test
    void mutatedShardsGiveOnlyTheDocumentedErrors() throws IOException {
        String deep = "folder/".repeat(30);
        Path file = tar("a.tar", "0.png", 1, "0.cls", "1", deep + "1.png", 2, deep + "1.json", "{\"label\": 0}");
        byte[] whole = Files.readAllBytes(file);
        int end = whole.length;
        while (whole[end - 1] == 0) {
            end--;
        }
        SplittableRandom random = new SplittableRandom(7);
        int opened = 0;
        for (int round = 0; round < 1000; round++) {
            byte[] mutated = Arrays.copyOf(whole, random.nextInt(8) == 0 ? random.nextInt(end) : whole.length);
            for (int flips = random.nextInt(4); flips > 0 && mutated.length > 0; flips--) {
                int at = random.nextInt(Math.min(end, mutated.length));
                mutated[at] = (byte) (random.nextBoolean() ? random.nextInt() : '0' + random.nextInt(8));
                repair(mutated, at);
            }
            Files.write(file, mutated);
            opened += readAll(file) ? 1 : 0;
        }
        assertTrue(opened > 100 && opened < 900, opened + " of the mutated files could be opened");
    }

    /** Makes the checksum right, were the record at {@code at} a header. */
    private static void repair(byte[] tar, int at) {
        int start = at / 512 * 512;
        if (start + 512 > tar.length || tar[start + 257] != 'u') {
            return;
        }
        Arrays.fill(tar, start + 148, start + 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += tar[start + i] & 0xFF;
        }
        byte[] octal = text(String.format("%06o\0 ", sum));
        System.arraycopy(octal, 0, tar, start + 148, octal.length);
    }

    private static boolean readAll(Path file) {
        try {
            ImageSource images = DataSets.at(file).train();
            for (int i = 0; i < images.size(); i++) {
                try {
                    images.image(i);
                } catch (UnreadableImageException e) {
                    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
                }
            }
            return true;
        } catch (UserException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
