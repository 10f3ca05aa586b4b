package attmask.train;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class NativeHeapTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int BLOCKS = 2000;
    /** Below the size that malloc takes from the system, and gives back, by itself. */
    private static final int BLOCK = 32 << 10;

    @Test
    void whatWasFreedGoesBackToTheSystem() throws IOException {
        assumeTrue(Files.exists(STATUS) && NativeHeap.trim(), "needs Linux with glibc");
        List<Pointer> blocks = new ArrayList<>();
        for (int i = 0; i < BLOCKS; i++) {
            blocks.add(Pointer.malloc(BLOCK));
            Pointer.memset(blocks.get(i), 1, BLOCK);
        }
        // One in use above the free ones: malloc does not give them back by itself.
        Pointer last = blocks.remove(BLOCKS - 1);
        long before = resident();
        blocks.forEach(Pointer::free);
        long freed = resident();

        NativeHeap.trim();

        long after = resident();
        Pointer.free(last);
        long half = (long) BLOCKS * BLOCK / 2;
        assertTrue(before - after > half, before + " bytes, freed " + freed + ", trimmed " + after);
    }

    private static long resident() throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
