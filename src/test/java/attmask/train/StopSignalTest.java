package attmask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.testkit.Child;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class StopSignalTest {
    @TempDir
    Path folder;

    /** A trainer in a step that does not end. */
    static final class Waiting {
        private Waiting() {}

        public static void main(String[] args) throws InterruptedException {
            try (StopSignal stop = new StopSignal()) {
                System.out.println("in the step");
                while (!stop.requested()) {
                    Thread.sleep(1);
                }
                System.out.println("asked to stop");
                new CountDownLatch(1).await();
            }
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no such signals")
    void aSecondInterruptEndsAtOnce() throws Exception {
        try (Child child = Child.start(folder.resolve("out"), Waiting.class)) {
            child.await(() -> child.output().contains("in the step"));
            child.signal("INT");
            child.await(() -> child.output().contains("asked to stop"));
            // The hook has asked; it takes the signal's second meaning at the same moment.
            while (child.alive()) {
                child.signal("INT");
                Thread.sleep(20);
            }
            assertEquals(130, child.end());
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no such signals")
    void aSaveIsAskedFor() throws Exception {
        try (SaveSignal save = new SaveSignal()) {
            new ProcessBuilder(
                            "kill",
                            "-USR1",
                            Long.toString(ProcessHandle.current().pid()))
                    .start()
                    .waitFor();
            long end = System.nanoTime() + 10_000_000_000L;
            boolean taken = false;
            while (!taken && System.nanoTime() < end) {
                taken = save.taken();
                Thread.onSpinWait();
            }
            assertTrue(taken);
            assertFalse(save.taken());
        }
        // Not of a signal that nobody knows.
        ProcessSignal.on("NOSUCH", () -> {}).close();
    }
}
