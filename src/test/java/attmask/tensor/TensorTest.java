package attmask.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.ops.Backend;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TensorTest {
    private static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        backend.read(tensor, values);
        return values;
    }

    /** Views, slices and rows are other names of the same elements. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void partsShareTheElements(Subject subject) {
        Backend backend = subject.backend();
        try (Arena arena = new Arena("test")) {
            arena.tensor(backend.real(), 5);
            Tensor tensor = arena.tensor(backend.real(), 4, 3, 2);
            arena.allocate(backend::allocate);
            double[] counted = new double[24];
            Arrays.setAll(counted, i -> i);
            backend.write(tensor, counted);
            assertArrayEquals(counted, read(backend, tensor.view(6, 4)));
            assertArrayEquals(new double[] {5, 6, 7}, read(backend, tensor.slice(5, 3)));
            Tensor rows = tensor.rows(1, 2);
            assertEquals(Shape.of(2, 3, 2), rows.shape());
            assertArrayEquals(Arrays.copyOfRange(counted, 6, 18), read(backend, rows));
            assertArrayEquals(
                    new double[] {14, 15}, read(backend, rows.rows(1, 1).slice(2, 2)));
            backend.zero(rows.view(12).rows(3, 2));
            counted[9] = 0;
            counted[10] = 0;
            assertArrayEquals(counted, read(backend, tensor));
            assertEquals(0, tensor.rows(4, 0).count());
        }
    }

    @Test
    void rowsOfTheLastDimension() {
        Arena arena = new Arena("test");
        assertEquals(12, arena.tensor(DType.F32, 4, 3, 2).rowCount());
        assertEquals(1, arena.tensor(DType.F32, 7).rowCount());
        assertEquals(0, arena.tensor(DType.F32, 0, 7).rowCount());
        assertEquals(0, arena.tensor(DType.F32, 7, 0).rowCount());
    }

    @Test
    void impossibleParts() {
        Tensor tensor = new Arena("test").tensor(DType.F32, 4, 6);
        Contract.rejects(() -> tensor.view(5, 5), "(4, 6)", "(5, 5)");
        Contract.rejects(() -> tensor.slice(20, 5), "[20, +5)", "(4, 6)");
        Contract.rejects(() -> tensor.slice(-1, 5), "[-1, +5)", "(4, 6)");
        Contract.rejects(() -> tensor.slice(1, -1), "-1");
        Contract.rejects(() -> tensor.slice(Long.MAX_VALUE, 5), "+5)");
        Contract.rejects(() -> tensor.rows(Integer.MAX_VALUE, 2), "+2)");
        Contract.rejects(() -> tensor.rows(3, 2), "[3, +2)", "(4, 6)");
        Contract.rejects(() -> tensor.rows(-1, 2), "[-1, +2)", "(4, 6)");
        Contract.rejects(() -> tensor.rows(1, -1), "[1, +-1)", "(4, 6)");
    }

    @Test
    void saysWhatAndWhere() {
        assertEquals(
                "F32 (4, 6) in gradients",
                new Arena("gradients").tensor(DType.F32, 4, 6).toString());
    }
}
