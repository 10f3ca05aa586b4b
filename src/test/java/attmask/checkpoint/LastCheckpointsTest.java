package attmask.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever becomes of one of a run's two last checkpoints, the other one is there, whole. */
class LastCheckpointsTest {
    @TempDir
    Path folder;

    private LastCheckpoints last;
    private Path newest;
    private Path previous;

    @BeforeEach
    void start() {
        last = LastCheckpoints.in(folder);
        newest = folder.resolve("checkpoint.safetensors");
        previous = folder.resolve("checkpoint-previous.safetensors");
    }

    private static SafeTensorsWriter checkpoint(int step) {
        return new SafeTensorsWriter()
                .metadata("format", CheckpointFile.FORMAT)
                .metadata("step", Integer.toString(step))
                .floats("weights", Shape.of(3), () -> new float[] {step, 2, 3});
    }

    private static String step(Path file) {
        try (SafeTensors opened = SafeTensors.open(file)) {
            return opened.metadata("step");
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theOneBeforeIsKeptAndTheSameStateHasTheSameBytes() throws IOException {
        assertFalse(last.exist());
        last.add(checkpoint(1));
        byte[] first = Files.readAllBytes(newest);
        assertEquals(List.of("checkpoint.safetensors"), files());
        last.add(checkpoint(2));
        assertEquals(List.of("checkpoint-previous.safetensors", "checkpoint.safetensors"), files());
        assertArrayEquals(first, Files.readAllBytes(previous));
        last.add(checkpoint(3));
        assertEquals("2", step(previous));
        assertEquals(new LastCheckpoints.Good(newest, Optional.empty()), last.good());
    }

    /** The header's length, the header with the checksum itself, padding, data. */
    @Test
    void everyByteIsUnderTheChecksum() throws IOException {
        last.add(checkpoint(1));
        last.add(checkpoint(2));
        byte[] whole = Files.readAllBytes(newest);
        for (int i = 0; i < whole.length; i++) {
            for (int bit = 1; bit < 256; bit <<= 1) {
                byte[] damaged = whole.clone();
                damaged[i] ^= (byte) bit;
                Files.write(newest, damaged);
                assertEquals(previous, last.good().file(), "bit " + bit + " of byte " + i);
            }
        }
        for (int length = 0; length < whole.length; length++) {
            Files.write(newest, Arrays.copyOf(whole, length));
            assertEquals(previous, last.good().file(), "cut to " + length + " bytes");
        }
        Files.write(newest, whole);
        assertEquals(newest, last.good().file());
    }

    /** CRC-32C of a file is of its bytes with eight zeros for the digits: computed here on its own. */
    @Test
    void theChecksumIsThatOfTheStandard() throws IOException {
        last.add(checkpoint(1));
        byte[] bytes = Files.readAllBytes(newest);
        String header = new String(bytes, 8, bytes.length - 8, StandardCharsets.ISO_8859_1);
        int place = 8 + header.indexOf("crc32c\":\"") + "crc32c\":\"".length();
        String digits = new String(bytes, place, 8, StandardCharsets.US_ASCII);
        Arrays.fill(bytes, place, place + 8, (byte) '0');
        int crc = -1;
        for (byte b : bytes) {
            crc ^= b & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x82F63B78 : crc >>> 1;
            }
        }
        assertEquals(String.format("%08x", ~crc), digits);
    }

    /** Each moment of {@code add}, as a process that is killed leaves it. */
    @Test
    void noMomentIsWithoutAWholeOne() throws IOException {
        last.add(checkpoint(1));
        last.add(checkpoint(2));

        // While the third is written aside.
        Path aside = folder.resolve("checkpoint.safetensors.tmp");
        Files.writeString(aside, "half of it");
        assertEquals("2", step(last.good().file()));

        // The second has made room, the third is not in place.
        Files.move(newest, previous, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        LastCheckpoints.Good good = last.good();
        assertEquals(previous, good.file());
        assertEquals(Optional.empty(), last.goOnFrom(good));
        assertTrue(good.note().orElseThrow().contains("no such file"), good.toString());
        assertEquals("2", step(good.file()));
        last.add(checkpoint(3));
        assertEquals(List.of("2", "3"), List.of(step(previous), step(newest)));
        assertFalse(Files.exists(aside));
    }

    @Test
    void aFailureWhileWritingLeavesBoth() {
        last.add(checkpoint(1));
        last.add(checkpoint(2));
        SafeTensorsWriter failing = checkpoint(3).floats("late", Shape.of(1), () -> {
            throw new IllegalStateException("the device is gone");
        });
        assertThrows(IllegalStateException.class, () -> last.add(failing));
        assertEquals(List.of("1", "2"), List.of(step(previous), step(newest)));
    }

    @Test
    void aDamagedOneNeverTakesThePlaceOfAWholeOne() throws IOException {
        last.add(checkpoint(1));
        last.add(checkpoint(2));
        Files.writeString(newest, "damaged");
        LastCheckpoints.Good good = last.good();
        assertTrue(good.note().orElseThrow().startsWith(newest + " is not a usable safetensors file"), good.toString());
        assertTrue(good.note().orElseThrow().endsWith(previous.toString()), good.toString());
        Path damaged = last.goOnFrom(good).orElseThrow();
        assertEquals("damaged", Files.readString(damaged));
        last.add(checkpoint(3));
        assertEquals(List.of("1", "3"), List.of(step(previous), step(newest)));
    }

    @Test
    void withoutAWholeOneTheNewestIsNamed() throws IOException {
        last.add(checkpoint(1));
        last.add(checkpoint(2));
        Files.writeString(newest, "damaged");
        Files.writeString(previous, "damaged too");
        String message = assertThrows(UserException.class, last::good).getMessage();
        assertTrue(message.startsWith(newest.toString()), message);
        assertEquals(1, message.lines().count());
    }

    @Test
    void olderOnesHaveNoChecksumAndOpen() throws IOException {
        String format = CheckpointFile.FORMAT.replace("2", "1");
        new SafeTensorsWriter()
                .metadata("format", format)
                .ints("a", Shape.of(1), () -> new int[] {7})
                .write(newest);
        assertEquals(newest, last.good().file());
        // One that must have had one is damaged.
        checkpoint(2).write(newest);
        String message = assertThrows(UserException.class, last::good).getMessage();
        assertTrue(message.contains("its checksum is gone"), message);
    }
}
