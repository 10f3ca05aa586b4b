package attmask.cuda.jcuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import attmask.cuda.CudaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaMachineTest {
    /** A program of its own, so that what native code prints is seen too. */
    static final class Probe {
        public static void main(String[] args) {
            CudaMachine machine = CudaMachine.probe();
            System.out.println(machine.missing());
        }
    }

    @Test
    void aProbeAnswersInOneLineAndLeavesNothingBehind(@TempDir Path folder) throws Exception {
        Process process = probe(folder, "-Djava.io.tmpdir=" + folder);
        assertEquals("", text(process.getErrorStream().readAllBytes()));
        assertEquals(1, text(process.getInputStream().readAllBytes()).lines().count());
        assertEquals(0, process.waitFor());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(
                    List.of(),
                    left.filter(file -> file.toString().contains("jcuda")).toList());
        }
    }

    private static Process probe(Path folder, String option) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new ProcessBuilder(
                        java.toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        option,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Probe.class.getName())
                .directory(folder.toFile())
                .start();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void withoutAGpuTheReasonIsTold() {
        CudaMachine machine = CudaMachine.probe();
        Assumptions.assumeTrue(machine.missing() != null, "this machine has a GPU and all that it needs");
        assertFalse(machine.missing().isBlank());
        assertEquals(1, machine.missing().lines().count());
        CudaException failure = assertThrows(CudaException.class, machine::open);
        assertEquals(machine.missing(), failure.getMessage());
    }

    @Test
    void aProbeIsMadeOnce() {
        assertSame(CudaMachine.probe(), CudaMachine.probe());
    }

    @Test
    void theFolderForTemporaryFilesStaysWhatItWas() {
        String before = System.getProperty("java.io.tmpdir");
        CudaMachine.probe();
        assertEquals(before, System.getProperty("java.io.tmpdir"));
    }
}
