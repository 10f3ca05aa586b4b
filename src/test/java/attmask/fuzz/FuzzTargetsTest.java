package attmask.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every parser is given its seeds, what once made it fail (src/test/resources/attmask/fuzz/NAME), and damaged seeds, the
 * same in each run; {@code -Dattmask.mutations=N} tries N of these for each. {@code make fuzz} looks for more.
 */
class FuzzTargetsTest {
    private static final int MUTATIONS = Integer.getInteger("attmask.mutations", 300);

    @TempDir
    Path folder;

    static List<String> targets() {
        return FuzzTargets.names();
    }

    /** The limit is for an endless loop; a target takes about a second. */
    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(300)
    void whateverTheBytesAreTheyAreReadOrRefused(String name) throws IOException {
        FuzzTarget target = FuzzTargets.named(name);
        Guard guard = new Guard(target, folder);
        List<byte[]> seeds = target.seeds();
        for (byte[] found : findings(name)) {
            guard.reads(found);
        }
        int read = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] input = Mutator.mutated(seeds.get(i % seeds.size()), i);
            try {
                read += guard.reads(input) ? 1 : 0;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        name + ", mutation " + i + ": " + e.getMessage() + "; written to " + kept(name, input), e);
            }
        }
        assertTrue(read < MUTATIONS || name.equals("run"), "nothing is refused");
        assertTrue(read > 0, "everything is refused");
    }

    private static List<byte[]> findings(String name) throws IOException {
        Path findings = Path.of("src/test/resources/attmask/fuzz", name);
        if (!Files.isDirectory(findings)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(findings)) {
            return files.sorted().map(FuzzTargetsTest::bytes).toList();
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path kept(String name, byte[] input) throws IOException {
        return Files.write(Files.createDirectories(Path.of("target/fuzz")).resolve(name + "-failed"), input);
    }
}
