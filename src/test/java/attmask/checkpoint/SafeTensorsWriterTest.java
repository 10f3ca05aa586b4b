package attmask.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsWriterTest {
    @TempDir
    Path folder;

    /** More floats than one chunk holds, so that the seams are met. */
    private static final float[] MANY = new float[40_001];

    static {
        for (int i = 0; i < MANY.length; i++) {
            MANY[i] = i * 0.37f;
        }
    }

    private static SafeTensorsWriter sample() {
        return new SafeTensorsWriter()
                .metadata("epoch", "3")
                .metadata("config", "{\"a\": \"ü\\n\"}")
                .booleans("mask", Shape.of(3), () -> new boolean[] {true, false, true})
                .bytes("raw", Shape.of(2, 1), () -> new byte[] {1, -1})
                .floats("many", Shape.of(40_001), () -> MANY)
                .doubles("scalar", Shape.of(), () -> new double[] {Math.E})
                .ints("ints", Shape.of(2), () -> new int[] {-1, 1 << 30})
                .longs("longs", Shape.of(1, 1), () -> new long[] {-5})
                .floats("none", Shape.of(0, 7), () -> new float[0]);
    }

    @Test
    void readsBackWhatItWrote() {
        Path path = folder.resolve("a.safetensors");
        sample().write(path);
        try (SafeTensors back = SafeTensors.open(path)) {
            assertEquals(List.of("epoch", "config"), List.copyOf(back.metadata().keySet()));
            assertEquals("{\"a\": \"ü\\n\"}", back.metadata("config"));
            assertArrayEquals(MANY, back.floats("many"));
            assertArrayEquals(new double[] {Math.E}, back.doubles("scalar"));
            assertArrayEquals(new int[] {-1, 1 << 30}, back.ints("ints"));
            assertArrayEquals(new long[] {-5}, back.longs("longs"));
            assertArrayEquals(new boolean[] {true, false, true}, back.booleans("mask"));
            assertArrayEquals(new byte[] {1, -1}, back.bytes("raw"));
            assertEquals(Shape.of(0, 7), back.shape("none"));
            for (String name : back.names()) {
                TensorInfo info = back.info(name);
                assertEquals(0, info.begin() % info.type().bytes(), name + " is not aligned");
            }
        }
        assertEquals(List.of("a.safetensors"), files());
    }

    @Test
    void equalContentGivesEqualBytesAndAlignedData() throws IOException {
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        ByteArrayOutputStream second = new ByteArrayOutputStream();
        sample().writeTo(first);
        sample().writeTo(second);
        assertArrayEquals(first.toByteArray(), second.toByteArray());
        int header = first.toByteArray()[0] & 0xFF | (first.toByteArray()[1] & 0xFF) << 8;
        assertEquals(0, header % 8);
    }

    @Test
    void refusesMistakesOfTheCaller() {
        SafeTensorsWriter writer = sample();
        assertThrows(IllegalArgumentException.class, () -> writer.floats("many", Shape.of(1), () -> MANY));
        assertThrows(IllegalArgumentException.class, () -> writer.metadata("epoch", "4"));
        assertThrows(IllegalArgumentException.class, () -> writer.floats("__metadata__", Shape.of(1), () -> MANY));
        writer.floats("wrong", Shape.of(2), () -> new float[3]);
        assertThrows(IllegalArgumentException.class, () -> writer.write(folder.resolve("b")));
        assertEquals(List.of(), files());
    }

    @Test
    void aFailureHalfWayLeavesTheOldFile() throws IOException {
        Path path = folder.resolve("a.safetensors");
        Files.writeString(path, "old");
        SafeTensorsWriter writer = sample().floats("late", Shape.of(1), () -> {
            throw new IllegalStateException("the device is gone");
        });
        assertThrows(IllegalStateException.class, () -> writer.write(path));
        assertEquals("old", Files.readString(path));
        assertEquals(List.of("a.safetensors"), files());
    }

    @Test
    void aFullDiskIsOneLineAndLeavesTheOldFile() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.isWritable(full), "this system has no /dev/full");
        Path path = folder.resolve("a.safetensors");
        Files.writeString(path, "old");
        UserException e = assertThrows(
                UserException.class,
                () -> WholeFile.write(
                        path,
                        sample()::writeTo,
                        () -> new byte[0],
                        aside -> {},
                        aside -> new FileOutputStream(full.toFile())));
        assertTrue(e.getMessage().startsWith("cannot write " + path + ": No space left"), e.getMessage());
        assertEquals("old", Files.readString(path));
        assertEquals(List.of("a.safetensors"), files());
    }

    @Test
    void aMissingOrUnwritableFolderIsOneLine() throws IOException {
        assertOneLine(folder.resolve("nowhere/a.safetensors"));
        assertOneLine(folder);
        Path file = Files.createFile(folder.resolve("file"));
        assertOneLine(file.resolve("a.safetensors"));
        assertOneLine(Path.of("/"));
        Path proc = Path.of("/proc/a.safetensors");
        Assumptions.assumeTrue(Files.isDirectory(proc.getParent()), "this system has no /proc, which nobody can write");
        assertOneLine(proc);
    }

    private void assertOneLine(Path path) {
        UserException e = assertThrows(UserException.class, () -> sample().write(path));
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(e.getMessage().startsWith("cannot write " + path + ": "), e.getMessage());
    }

    private List<String> files() {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
