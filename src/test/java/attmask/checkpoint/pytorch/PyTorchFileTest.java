package attmask.checkpoint.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.StoredTensor;
import attmask.config.UserException;
import attmask.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PyTorchFileTest {
    private static final byte[] STORAGE = ByteBuffer.allocate(24)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putFloat(0)
            .putFloat(1)
            .putFloat(2)
            .putFloat(3)
            .putFloat(4)
            .putFloat(5)
            .array();

    @TempDir
    Path folder;

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("x.pth"), bytes);
    }

    private Path archive(byte[] pickle) throws IOException {
        return file(Pickles.archive(ZipEntry.STORED, "data.pkl", pickle, "data/0", STORAGE));
    }

    private static String refused(Path path) {
        UserException e =
                assertThrows(UserException.class, () -> PyTorchFile.open(path).close());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(e.getMessage().startsWith("cannot import " + path + ": "), e.getMessage());
        return e.getMessage();
    }

    private static void assertRefused(Path path, String complaint) {
        String message = refused(path);
        assertTrue(message.contains(complaint), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"full.pth", "legacy.pth"})
    void readsWhatTorchSaveWrote(String name) throws IOException {
        try (InputStream in = PyTorchFileTest.class.getResourceAsStream("/attmask/pytorch/" + name)) {
            Files.copy(in, folder.resolve(name));
        }
        try (PyTorchFile file = PyTorchFile.open(folder.resolve(name))) {
            Map<?, ?> root = file.root();
            assertEquals(3L, root.get("epoch"));
            assertEquals(new PyObject("argparse.Namespace"), root.get("args"));
            Map<?, ?> teacher = (Map<?, ?>) root.get("teacher");
            StoredTensor positions = (StoredTensor) teacher.get("backbone.pos_embed");
            assertEquals(Shape.of(1, 5, 8), positions.shape());
            for (double value : positions.doubles()) {
                assertTrue(value != 0 && Math.abs(value) < 1, () -> "position " + value);
            }
            assertEquals("backbone.cls_token", teacher.keySet().iterator().next(), "in the file's order");
        }
    }

    @Test
    void tensorsAreViewsOfStorages() throws IOException {
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, tensor(6, 0, 6, 1));
        assertArrayEquals(new float[] {4, 5}, tensor(6, 4, 2, 1));
        assertArrayEquals(new float[] {1, 3, 5}, tensor(6, 1, 3, 2));
        assertArrayEquals(new float[] {2, 2}, tensor(6, 2, 2, 0));
        assertArrayEquals(new float[0], tensor(6, 6, 0, 1));
    }

    private float[] tensor(long storage, long offset, long size, long stride) throws IOException {
        Path path = archive(Pickles.start()
                .op('}')
                .text("a")
                .tensor(storage, offset, size, stride)
                .op('s')
                .stop());
        try (PyTorchFile file = PyTorchFile.open(path)) {
            return ((StoredTensor) file.root().get("a")).floats();
        }
    }

    @Test
    void aTensorReachesNoFartherThanItsStorage() throws IOException {
        assertRefused(archive(Pickles.start().tensor(6, 0, 7, 1).stop()), "does not fit its storage");
        assertRefused(archive(Pickles.start().tensor(6, 1, 6, 1).stop()), "does not fit its storage");
        assertRefused(archive(Pickles.start().tensor(6, -1, 2, 1).stop()), "does not fit its storage");
        assertRefused(archive(Pickles.start().tensor(6, 0, 2, 6).stop()), "does not fit its storage");
        assertRefused(archive(Pickles.start().tensor(6, 0, 2, -1).stop()), "negative size");
        assertRefused(archive(Pickles.start().tensor(6, 0, -2, 1).stop()), "negative size");
        assertRefused(archive(Pickles.start().tensor(6, 0, 1L << 40, 0).stop()), "impossible size");
        assertRefused(archive(Pickles.start().tensor(6, 0, 2000000000, 0).stop()), "does not fit its storage");
        assertRefused(archive(Pickles.start().tensor(6, 0, 2, Long.MAX_VALUE).stop()), "does not fit its storage");
        assertRefused(archive(Pickles.start().tensor(6, 1, 3, Long.MAX_VALUE).stop()), "impossible size");
        assertRefused(archive(Pickles.start().tensor(7, 0, 1, 1).stop()), "too few for 7 elements");
        assertRefused(archive(Pickles.start().tensor(1L << 62, 0, 1, 1).stop()), "too few");
        assertRefused(archive(Pickles.start().tensor(-1, 0, 1, 1).stop()), "too few");
    }

    /** What an attacker writes; were it run, the file would be there. */
    @Test
    void runsNothing() throws IOException {
        Path evidence = folder.resolve("evidence");
        String shell = "touch " + evidence;
        List<byte[]> attacks = List.of(
                Pickles.start()
                        .global("posix", "system")
                        .text(shell)
                        .op(0x85, 'R')
                        .stop(),
                Pickles.start()
                        .global("os", "system")
                        .op('(')
                        .text(shell)
                        .op('t', 'R')
                        .stop(),
                Pickles.start()
                        .op('}')
                        .text("model")
                        .global("builtins", "eval")
                        .text("1")
                        .op(0x85, 'R', 's')
                        .stop(),
                Pickles.start().op('(').text(shell).ascii("ios\nsystem\n").stop(),
                Pickles.start()
                        .text("os")
                        .text("system")
                        .op(0x93)
                        .text(shell)
                        .op(0x85, 'R')
                        .stop(),
                Pickles.start()
                        .global("collections", "OrderedDict")
                        .op(')', 'R', '}')
                        .text("_metadata")
                        .global("subprocess", "Popen")
                        .text(shell)
                        .op(0x85, 'R', 's', 'b')
                        .stop(),
                Pickles.start()
                        .global("torch.storage", "_load_from_bytes")
                        .op('C', 1, 0, 0x85, 'R')
                        .stop(),
                Pickles.start().global("java.lang", "Runtime").op(')', 0x81).stop());
        for (byte[] attack : attacks) {
            for (Path path : List.of(archive(attack), legacy(attack), file(attack))) {
                String message = refused(path);
                assertTrue(message.contains("asks for") || message.contains("opcode"), message);
            }
        }
        assertRefused(
                archive(attacks.get(0)), "asks for posix.system, which weights do not need; nothing of it was run");
        assertRefused(
                file("cposix\nsystem\n(S'true'\ntR.".getBytes(StandardCharsets.US_ASCII)), "asks for posix.system");
        assertFalse(Files.exists(evidence));
    }

    /** The old format's first three pickles, then this one. */
    private Path legacy(byte[] pickle) throws IOException {
        Pickles file = Pickles.start().op(0x8A, 10);
        file.op(0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19).op('.');
        file.op(0x80, 2, 'M', 0xe9, 3, '.');
        file.op(0x80, 2, '}').text("little_endian").op(0x88, 's', '.');
        return file(file.ascii(new String(pickle, StandardCharsets.ISO_8859_1)).bytes());
    }

    @Test
    void theOldFormatIsCheckedToo() throws IOException {
        assertRefused(
                legacy(Pickles.start()
                        .op('}')
                        .text("a")
                        .tensor(6, 0, 6, 1)
                        .op('s')
                        .stop()),
                "ends in the middle");
        byte[] noKeys =
                Pickles.start().tensor(6, 0, 6, 1).op('.').op(0x80, 2, ']').stop();
        assertRefused(legacy(noKeys), "a storage is missing");
        byte[] negative = Pickles.start()
                .tensor(-6, 0, 0, 1)
                .op('.')
                .op(0x80, 2, ']')
                .text("0")
                .op('a')
                .stop();
        assertRefused(legacy(negative), "negative size");
        byte[] twice =
                Pickles.start().tensor(6, 0, 6, 1).op('0').tensor(7, 0, 6, 1).stop();
        assertRefused(legacy(twice), "described in two ways");
        byte[] cut = Pickles.start()
                .tensor(1L << 40, 0, 6, 1)
                .op('.')
                .op(0x80, 2, ']')
                .text("0")
                .op('a', '.')
                .int32(0)
                .int32(256)
                .stop();
        assertRefused(legacy(cut), "cut short");
    }

    @Test
    void takesNoMemoryOnAClaim() throws IOException {
        assertRefused(archive(Pickles.start().op('X').int32(-1).stop()), "claims a text or number of 4294967295 bytes");
        assertRefused(archive(Pickles.start().op('B').int32(60 << 20).stop()), "ends in the middle");
        assertRefused(archive(Pickles.start().op(0x8A, 255).stop()), "a number of 255 bytes");
        byte[] lists = new byte[PickleStack.MOST_OBJECTS + 10];
        Arrays.fill(lists, (byte) ']');
        assertRefused(archive(lists), "objects");
        Arrays.fill(lists, (byte) '2');
        lists[0] = 'N';
        assertRefused(archive(lists), "objects");
        Arrays.fill(lists, (byte) 0x94);
        lists[0] = 'N';
        assertRefused(archive(lists), "objects");
    }

    @Test
    void aCompressedArchiveIsRefused() throws IOException {
        byte[] bomb = Pickles.archive(
                ZipEntry.DEFLATED, "data.pkl", Pickles.start().op('}').stop(), "data/0", new byte[50 << 20]);
        assertTrue(bomb.length < 1 << 20);
        assertRefused(file(bomb), "its zip archive is compressed");
    }

    @Test
    void aStorageThatIsLargerThanTheFileIsRefused() throws IOException {
        Path path = archive(
                Pickles.start().op('}').text("a").tensor(6, 0, 6, 1).op('s').stop());
        byte[] bytes = Files.readAllBytes(path);
        // Both sizes of the last entry of the central directory: 24 becomes 24 + 2^30.
        int entry = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("PK\1\2");
        bytes[entry + 23] = 0x40;
        bytes[entry + 27] = 0x40;
        assertRefused(file(bytes), "cut short");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".",
                "0.",
                "t.",
                "R.",
                "a.",
                "s.",
                "u.",
                "Q.",
                "b.",
                "h\1.",
                "q\1.",
                "]N.",
                "}]Ns.",
                "N]a.",
                "))R.",
                "Nb.",
                "(N.",
                "(0.",
                "}(N2Nu.",
                "I1\n.",
                "\u0082\1.",
                "\u0080\7N.",
                ")Q.",
                "X\1\0\0\0\u00ff.",
                ""
            })
    void refusesWhatIsNoPickleOfTorchSave(String pickle) throws IOException {
        assertRefused(archive(new Pickles().ascii(pickle).op('.').stop()), "not one of torch.save");
    }

    @Test
    void namesWhatTheFileIsNot() throws IOException {
        assertRefused(
                file("hello".getBytes(StandardCharsets.US_ASCII)), "neither a file of torch.save nor safetensors");
        assertRefused(file(new byte[0]), "neither a file of torch.save nor safetensors");
        assertRefused(file(Pickles.start().op('N').stop()), "neither a file of torch.save nor safetensors");
        assertRefused(file(Pickles.archive(ZipEntry.STORED, "a", new byte[1])), "has 0 data.pkl");
        assertRefused(file(new byte[] {'P', 'K', 3, 4}), "it is cut short, or its zip archive is damaged");
        assertRefused(folder.resolve("missing.pth"), "no such file");
        byte[] big = "big".getBytes(StandardCharsets.US_ASCII);
        assertRefused(
                file(Pickles.archive(
                        ZipEntry.STORED, "data.pkl", Pickles.start().stop(), "byteorder", big)),
                "big-endian");
        Path list = archive(Pickles.start().op(']').stop());
        try (PyTorchFile file = PyTorchFile.open(list)) {
            UserException e = assertThrows(UserException.class, file::root);
            assertTrue(e.getMessage().contains("holds no dictionary"), e.getMessage());
        }
    }
}
