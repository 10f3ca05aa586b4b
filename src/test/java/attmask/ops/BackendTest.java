package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Tolerance;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transfers: every test writes into the middle of a tensor and looks at its whole. */
class BackendTest {
    /** More than the 1 MB pieces in which numbers travel to a device. */
    private static final int COUNT = 300_011;

    /** Numbers that float32 holds exactly. */
    private static double[] numbers(int from, int count) {
        double[] values = new double[count];
        Arrays.setAll(values, i -> (from + i) / 8.0);
        return values;
    }

    private static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        backend.read(tensor, values);
        return values;
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void reals(Subject subject) {
        Backend backend = subject.backend();
        try (Arena arena = new Arena("test")) {
            Tensor all = arena.tensor(backend.real(), COUNT);
            Tensor other = arena.tensor(backend.real(), COUNT);
            arena.allocate(backend::allocate);
            double[] expected = new double[COUNT];

            backend.write(all.slice(3, COUNT - 5), numbers(1, COUNT - 5));
            System.arraycopy(numbers(1, COUNT - 5), 0, expected, 3, COUNT - 5);
            assertArrayEquals(expected, read(backend, all));

            backend.write(all.slice(7, 2), new float[] {9, 9, 0.25f, -1.5f}, 2);
            expected[7] = 0.25;
            expected[8] = -1.5;
            assertArrayEquals(expected, read(backend, all));

            float[] floats = new float[4];
            backend.read(all.slice(6, 9), floats);
            assertArrayEquals(new float[] {(float) expected[6], 0.25f, -1.5f, (float) expected[9]}, floats);

            backend.copy(other.slice(1, COUNT - 1), all.slice(0, COUNT - 1));
            assertArrayEquals(Arrays.copyOf(expected, COUNT - 1), Arrays.copyOfRange(read(backend, other), 1, COUNT));
            assertEquals(0, read(backend, other)[0]);

            backend.zero(all.slice(5, 10));
            Arrays.fill(expected, 5, 15, 0);
            assertArrayEquals(expected, read(backend, all));
        }
    }

    /** Numbers that need rounding, through an activation and back. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void activationsAreRounded(Subject subject) {
        Backend backend = subject.backend();
        boolean half = backend.activation() == DType.BF16;
        double[] written = {1, 1 + 0x1p-8, 1 + 0x1p-8 + 0x1p-20, 1 + 0x3p-8, -3e38, 0x1p-130, 0, 257, 259};
        double[] rounded = {1, 1, 1 + 0x1p-7, 1 + 0x1p-6, -0x1.c4p127, 0x1p-130, 0, 256, 260};
        double[] expected = half ? rounded : written;
        float[] floats = new float[written.length + 1];
        for (int i = 0; i < written.length; i++) {
            floats[i + 1] = (float) written[i];
        }
        try (Arena arena = new Arena("test")) {
            Tensor activation = arena.tensor(backend.activation(), written.length);
            Tensor converted = arena.tensor(backend.activation(), written.length);
            Tensor real = arena.tensor(backend.real(), written.length);
            arena.allocate(backend::allocate);
            double relative = backend.real() == DType.F32 ? 0x1p-24 : 0;
            Tolerance tolerance = new Tolerance(0, half ? 0 : relative);

            backend.write(activation, written);
            tolerance.check("doubles", expected, read(backend, activation));
            backend.write(activation, floats, 1);
            float[] read = new float[written.length];
            backend.read(activation, read);
            for (int i = 0; i < written.length; i++) {
                tolerance.check("floats", half ? rounded[i] : (float) written[i], read[i]);
            }
            backend.write(real, written);
            backend.copy(converted, real);
            tolerance.check("converted", expected, read(backend, converted));
            backend.zero(real);
            backend.copy(real, converted);
            tolerance.check("and back", expected, read(backend, real));
            backend.zero(converted.slice(2, 3));
            Arrays.fill(expected, 2, 5, 0);
            tolerance.check("zeroed", expected, read(backend, converted));
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void integers(Subject subject) {
        Backend backend = subject.backend();
        try (Arena arena = new Arena("test")) {
            Tensor all = arena.tensor(DType.I32, 6);
            Tensor other = arena.tensor(DType.I32, 6);
            arena.allocate(backend::allocate);
            backend.write(all, new int[] {1, -2, Integer.MAX_VALUE, 4, 5, 6}, 6);
            backend.write(all.slice(3, 3), new int[] {40, 50, 60}, 2);
            backend.copy(other, all);
            backend.zero(other.slice(0, 1));
            int[] values = new int[6];
            backend.read(other, values);
            assertArrayEquals(new int[] {0, -2, Integer.MAX_VALUE, 40, 50, 6}, values);
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void bytes(Subject subject) {
        Backend backend = subject.backend();
        try (Arena arena = new Arena("test")) {
            Tensor all = arena.tensor(DType.U8, 5);
            Tensor other = arena.tensor(DType.U8, 5);
            arena.allocate(backend::allocate);
            backend.write(all, new byte[] {1, 0, 1, 1, 0});
            backend.write(all.slice(1, 2), new byte[] {7, -8});
            backend.copy(other, all);
            backend.zero(other.slice(3, 2));
            byte[] values = new byte[5];
            backend.read(other, values);
            assertArrayEquals(new byte[] {1, 7, -8, 0, 0}, values);
        }
    }

    /** A user reads these. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void saysWhatItIs(Subject subject) {
        Backend backend = subject.backend();
        assertFalse(backend.name().isBlank());
        assertEquals(1, backend.description().lines().count());
        assertTrue(backend.real() == DType.F32 || backend.real() == DType.F64);
    }
}
