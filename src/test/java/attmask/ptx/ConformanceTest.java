package attmask.ptx;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The executor gives every instruction's result, in any order of warps and with noise where results are approximate. */
class ConformanceTest {
    static Stream<MicroKernel> kernels() {
        return Stream.of(MicroKernels.all(), WarpMicroKernels.all()).flatMap(List::stream);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kernels")
    void agreesWithPlainJava(MicroKernel kernel) {
        assertNull(kernel.failure(new EmulatedDriver()));
        assertNull(kernel.failure(new EmulatedDriver(new Adversary(5, 17))));
    }
}
