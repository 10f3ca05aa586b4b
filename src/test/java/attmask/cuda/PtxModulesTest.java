package attmask.cuda;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed PTX is what kernels/*.cu give. */
class PtxModulesTest {
    private static final Path SOURCES = Path.of("kernels");
    private static final Path COMMITTED = SOURCES.resolve("ptx");

    private static void assumeSources() {
        Assumptions.assumeTrue(Files.isDirectory(SOURCES), "the folder kernels is not here");
    }

    /** Files of an ending, without it, in alphabetical order. */
    private static List<String> named(Path folder, String ending) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .map(name -> name.substring(0, name.length() - ending.length()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void everySourceHasItsPtxAndTheJarHasThemAll() throws IOException {
        assumeSources();
        List<String> sources = named(SOURCES, ".cu");
        assertEquals(sources, named(COMMITTED, ".ptx"), "run make ptx, and delete what has no source any more");
        assertEquals(sources, PtxModules.names());
    }

    /** The first line: {@code // source sha256 HEX}, over the .cu and then all .cuh in alphabetical order. */
    @Test
    void ptxNamesTheHashOfItsSource() throws IOException {
        assumeSources();
        assertAll(named(SOURCES, ".cu").stream().map(name -> () -> {
            String first = Files.readString(COMMITTED.resolve(name + ".ptx"))
                    .lines()
                    .findFirst()
                    .orElse("");
            assertEquals("// source sha256 " + hash(name), first, () -> name + ".ptx is stale: run make ptx");
        }));
    }

    private static String hash(String name) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(Files.readAllBytes(SOURCES.resolve(name + ".cu")));
        for (String header : named(SOURCES, ".cuh")) {
            digest.update(Files.readAllBytes(SOURCES.resolve(header + ".cuh")));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Test
    void driversOfCuda12ReadIt() {
        assertAll(PtxModules.names().stream().map(name -> () -> {
            String ptx = PtxModules.read(name);
            assertTrue(ptx.contains("\n.version 7.8\n.target sm_80\n"), name);
        }));
    }

    /** Where there is an nvcc of the release that made the committed files: the same again, comments and all. */
    @Test
    void theCompilerGivesTheSameAgain(@TempDir Path folder) throws Exception {
        assumeSources();
        List<String> names = named(SOURCES, ".cu");
        Assumptions.assumeFalse(names.isEmpty(), "there are no kernels yet");
        String here = compiler(output("nvcc", "--version"));
        String made = compiler(Files.readString(COMMITTED.resolve(names.get(0) + ".ptx")));
        Assumptions.assumeTrue(here.equals(made), "nvcc is not the one of the committed files: " + here + ", " + made);
        String said = output("make", "ptx", "PTX_DIR=" + folder);
        assertEquals(names, named(folder, ".ptx"), said);
        assertAll(names.stream()
                .map(name -> () -> assertEquals(
                        Files.readString(folder.resolve(name + ".ptx")),
                        Files.readString(COMMITTED.resolve(name + ".ptx")),
                        () -> name + ".ptx is not what nvcc makes of " + name + ".cu: run make ptx")));
    }

    private static String compiler(String text) {
        return text.lines()
                .filter(line -> line.contains("Cuda compilation tools"))
                .map(line -> line.replace("//", "").strip())
                .collect(Collectors.joining());
    }

    /** What a command prints, or why it cannot be run. */
    private static String output(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (InputStream out = process.getInputStream()) {
                String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
                process.waitFor();
                return text;
            }
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    @Test
    void whatIsNotInTheJarIsNamed() {
        IllegalStateException failure = assertThrows(IllegalStateException.class, () -> PtxModules.read("nothing"));
        assertTrue(failure.getMessage().contains("nothing.ptx"), failure.getMessage());
    }
}
