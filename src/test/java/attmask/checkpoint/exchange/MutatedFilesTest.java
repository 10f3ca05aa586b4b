package attmask.checkpoint.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.ModelWeights;
import attmask.checkpoint.StoredTensor;
import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files end in the documented error or in a model, never in a crash, and take little memory. {@code
 * -Dattmask.mutations=N} tries more of them than ten thousand.
 */
class MutatedFilesTest {
    private static final int MUTATIONS = Integer.getInteger("attmask.mutations", 10_000);

    /** Of one file of 80 kB at most: the zip's tables, a million objects at worst, and the tensors. */
    private static final long MOST_BYTES = 64L << 20;

    @TempDir
    Path folder;

    @Test
    void aDamagedFileIsRefusedOrRead() throws IOException {
        Path timm = folder.resolve("timm.safetensors");
        Path full = Fixtures.copy("full.pth", folder);
        try (ForeignModel model = ForeignModel.open(full, Fixtures.HEADS, null)) {
            SafeTensorsExport.timm(model.weights(), timm);
        }
        List<byte[]> originals = List.of(
                Files.readAllBytes(full),
                Files.readAllBytes(Fixtures.copy("legacy.pth", folder)),
                Files.readAllBytes(timm));
        Path file = folder.resolve("mutated");
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] original = originals.get(i % originals.size());
            Files.write(file, mutated(original, new RandomStream(6, Purpose.INIT, i, 0)));
            refused += isRefused(file, i) ? 1 : 0;
        }
        // A changed number stays a model; most of the bytes of these small files are structure.
        assertTrue(refused > MUTATIONS / 10 && refused < MUTATIONS, refused + " of " + MUTATIONS + " refused");
    }

    private static boolean isRefused(Path file, int mutation) {
        long before = allocated();
        try (ForeignModel model = ForeignModel.open(file, Fixtures.HEADS, null)) {
            ModelWeights weights = model.weights();
            Stream.of(weights.student(), weights.teacher(), weights.centers())
                    .map(Map::values)
                    .flatMap(tensors -> tensors.stream())
                    .forEach(StoredTensor::floats);
            return false;
        } catch (UserException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            return true;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError("mutation " + mutation, e);
        } finally {
            long taken = allocated() - before;
            assertTrue(taken < MOST_BYTES, "mutation " + mutation + " allocated " + taken + " bytes");
        }
    }

    /** Bytes that this thread has ever allocated, or 0 where the JVM does not count them. */
    private static long allocated() {
        return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean counting
                ? counting.getThreadAllocatedBytes(Thread.currentThread().getId())
                : 0;
    }

    /** Some bytes changed, a stretch moved over another, or the end cut off; structure more often than numbers. */
    private static byte[] mutated(byte[] original, RandomStream random) {
        byte[] bytes = original.clone();
        int changes = 1 + random.nextInt(4);
        for (int change = 0; change < changes; change++) {
            int at = place(bytes.length, random);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> {
                    byte[] extreme = {0, 1, 0x7F, (byte) 0x80, (byte) 0xFF};
                    int length = Math.min(1 + random.nextInt(8), bytes.length - at);
                    Arrays.fill(bytes, at, at + length, extreme[random.nextInt(extreme.length)]);
                }
                case 3 -> {
                    int from = place(bytes.length, random);
                    int length = Math.min(1 + random.nextInt(64), bytes.length - Math.max(from, at));
                    System.arraycopy(bytes, from, bytes, at, length);
                }
                default -> bytes = random.nextInt(8) == 0 ? Arrays.copyOf(bytes, at + 1) : bytes;
            }
        }
        return bytes;
    }

    /** Half of the time near the start or the end, where the formats have their structure. */
    private static int place(int length, RandomStream random) {
        int near = Math.min(length, 4096);
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(near);
            case 1 -> length - 1 - random.nextInt(near);
            default -> random.nextInt(length);
        };
    }
}
