package attmask.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ops.Backend;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArenaTest {
    @Test
    void sizesAreKnownBeforeAnythingIsTaken() {
        Arena arena = new Arena("test");
        assertEquals(0, arena.bytes());
        arena.tensor(DType.F32, 16);
        assertEquals(64, arena.bytes());
        arena.tensor(DType.U8, 1);
        assertEquals(128, arena.bytes(), "every tensor starts on a cache line");
        arena.tensor(DType.F64, 3, 3);
        assertEquals(256, arena.bytes());
        arena.tensor(DType.I32, 0);
        assertEquals(256, arena.bytes());
    }

    @Test
    void oneAllocationOfAllBytes() {
        List<Long> asked = new ArrayList<>();
        Arena arena = new Arena("test");
        arena.tensor(DType.F64, 100);
        arena.tensor(DType.F64, 1);
        arena.allocate(bytes -> {
            asked.add(bytes);
            return Backends.REFERENCE.allocate(bytes);
        });
        assertEquals(List.of(arena.bytes()), asked);
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void memoryIsZeroedAndTensorsAreApart(Subject subject) {
        Backend backend = subject.backend();
        try (Arena arena = new Arena("test")) {
            List<Tensor> tensors = new ArrayList<>();
            for (int count : new int[] {1, 31, 33, 197}) {
                tensors.add(arena.tensor(backend.real(), count));
            }
            arena.allocate(backend::allocate);
            for (Tensor tensor : tensors) {
                assertArrayEquals(new double[(int) tensor.count()], read(backend, tensor));
            }
            for (int i = 0; i < tensors.size(); i++) {
                backend.write(tensors.get(i), filled(tensors.get(i), i));
            }
            for (int i = 0; i < tensors.size(); i++) {
                assertArrayEquals(filled(tensors.get(i), i), read(backend, tensors.get(i)));
            }
        }
    }

    private static double[] filled(Tensor tensor, double value) {
        double[] values = new double[(int) tensor.count()];
        Arrays.fill(values, value);
        return values;
    }

    private static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        backend.read(tensor, values);
        return values;
    }

    @Test
    void planThenAllocateOnce() {
        Arena arena = new Arena("gradients");
        Tensor tensor = arena.tensor(DType.F64, 4);
        assertNames("gradients", assertThrows(IllegalStateException.class, tensor::handle));
        arena.allocate(Backends.REFERENCE::allocate);
        assertEquals(tensor.handle(), tensor.handle());
        assertNames("gradients", assertThrows(IllegalStateException.class, () -> arena.tensor(DType.F64, 4)));
        assertNames(
                "gradients",
                assertThrows(IllegalStateException.class, () -> arena.allocate(Backends.REFERENCE::allocate)));
    }

    private static void assertNames(String arena, Exception e) {
        assertTrue(e.getMessage().contains(arena), e.getMessage());
    }
}
