package attmask.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.testkit.Child;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has /proc")
class SampleTest {
    private static final int MORE = 50;

    @TempDir
    Path folder;

    private static Sample ofThisProcess() throws IOException {
        return Sample.of(ProcessHandle.current().pid(), 1, Double.NaN);
    }

    @Test
    void handlesOfAProcessAreCounted() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Sample before = ofThisProcess();
        List<BufferedReader> open = new ArrayList<>();
        for (int i = 0; i < MORE; i++) {
            open.add(Files.newBufferedReader(file));
        }
        Sample during = ofThisProcess();
        for (BufferedReader reader : open) {
            reader.close();
        }
        // The Java machine may have opened or closed a few of its own meanwhile.
        assertEquals(MORE, during.handles() - before.handles(), MORE / 5.0);
        assertTrue(before.residentMb() > 10 && before.threads() > 1, before.toString());
    }

    @Test
    void aProcessThatHasEndedHasNoSample() throws Exception {
        try (Child child = Child.start(folder.resolve("output"), List.of("--version"))) {
            child.end();
            assertThrows(IOException.class, () -> Sample.of(child.pid(), 0, Double.NaN));
        }
    }
}
