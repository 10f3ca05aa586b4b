package attmask.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The executor gives every instruction's result, in any order of warps and with noise where results are approximate. */
class ConformanceTest {
    /** Those that every micro-kernel is made of. */
    private static final Set<String> FRAME = Set.of("ld.param.u64", "ld.param.f32", "ld.param.u32", "ret");

    static Stream<MicroKernel> kernels() {
        return Stream.of(
                        MicroKernels.all(),
                        RealMicroKernels.all(),
                        MemoryMicroKernels.all(),
                        WarpMicroKernels.all(),
                        TensorMicroKernels.all())
                .flatMap(List::stream);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kernels")
    void agreesWithPlainJava(MicroKernel kernel) {
        assertNull(kernel.failure(new EmulatedDriver()));
        assertNull(kernel.failure(new EmulatedDriver(new Adversary(5, 17))));
    }

    /** A kernel of the jar may only use instructions that this suite has looked at. */
    @Test
    void coversTheKernelsOfTheJar() {
        URL folder = ConformanceTest.class.getResource("/attmask/kernels");
        assumeTrue(folder != null, "there are no kernels yet");
        Set<String> unknown = new TreeSet<>();
        try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
            files.filter(file -> file.toString().endsWith(".ptx"))
                    .forEach(file -> unknown.addAll(MicroKernel.opcodes(read(file))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        Set<String> covered = new HashSet<>(FRAME);
        kernels().forEach(kernel -> covered.addAll(MicroKernel.opcodes(kernel.body())));
        unknown.removeAll(covered);
        assertEquals(Set.of(), unknown);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
