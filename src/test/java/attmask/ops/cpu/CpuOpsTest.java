package attmask.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ops.Backend;
import attmask.ops.reference.ReferenceBackend;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every op against the double-precision reference, and against itself with other numbers of threads. */
class CpuOpsTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final List<Backend> CPUS = IntStream.of(1, 2, 3, 7)
            .mapToObj(CpuBackend::new)
            .map(Backend.class::cast)
            .toList();

    static List<OpCase> cases() {
        return OpCases.all();
    }

    @AfterAll
    static void close() {
        CPUS.forEach(Backend::close);
        REFERENCE.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithTheReferenceWhenCalledTwice(OpCase opCase) {
        Map<String, double[]> expected = opCase.run(REFERENCE, 2);
        Map<String, double[]> actual = opCase.run(CPUS.get(1), 2);
        expected.forEach((tensor, values) -> compare(tensor, values, actual.get(tensor)));
    }

    /**
     * 24-bit floats err by 6e-8 of the largest term at each of up to n steps, in practice by √n of that; products of up
     * to 20,011 terms of size 1 are the longest sums here.
     */
    private static void compare(String tensor, double[] expected, double[] actual) {
        double scale = 1;
        for (double value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(expected[i] - actual[i]);
            if (!(difference <= 3e-6 * scale)) {
                throw new AssertionError(
                        tensor + "[" + i + "] is " + actual[i] + ", not " + expected[i] + " (largest " + scale + ")");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sameBitsForAnyNumberOfThreadsAndAgain(OpCase opCase) {
        Map<String, double[]> expected = opCase.run(CPUS.get(0), 1);
        for (Backend cpu : CPUS) {
            Map<String, double[]> actual = opCase.run(cpu, 1);
            expected.forEach((tensor, values) -> assertArrayEquals(values, actual.get(tensor), tensor));
        }
        assertTrue(expected.size() >= 2);
    }
}
