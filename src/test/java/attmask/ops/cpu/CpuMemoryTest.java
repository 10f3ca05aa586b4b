package attmask.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import attmask.config.UserException;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class CpuMemoryTest {
    @Test
    void memoryIsZeroedAndAligned() {
        try (CpuBackend cpu = new CpuBackend(1);
                Arena arena = new Arena("test")) {
            arena.tensor(DType.U8, 3);
            Tensor tensor = arena.tensor(DType.F32, 1000);
            arena.allocate(cpu::allocate);
            assertEquals(0, Floats.of(tensor).at(0) % Arena.ALIGNMENT);
            float[] values = new float[1000];
            values[7] = 1;
            cpu.read(tensor, values);
            assertArrayEquals(new float[1000], values);
        }
    }

    /** A row lies across the 1 GB windows that a range is reached through, and an arena may exceed 2 GB. */
    @Test
    void tensorsBeyondTwoGigabytes() {
        // Only touched pages are taken from the system, but the backend counts what was asked for.
        assumeTrue(Pointer.totalPhysicalBytes() > 4L << 30, "needs a machine of more than 4 GB");
        try (CpuBackend cpu = new CpuBackend(2);
                Arena arena = new Arena("test")) {
            Tensor small = arena.tensor(DType.F32, 5);
            Tensor large = arena.tensor(DType.F32, 1 << 19, 1 << 10);
            Tensor last = arena.tensor(DType.F32, 5);
            arena.allocate(cpu::allocate);
            float[] values = {1, 2, 3, 4, 5};
            cpu.write(last, values, 0);
            int window = 1 << 28;
            cpu.copy(large.slice(window - 2, 5), last);
            Floats.of(large).put((1L << 29) - 5, values, 0, 5);
            float[] read = new float[5];
            Floats.of(large).get(window - 2, read, 0, 5);
            assertArrayEquals(values, read);
            Floats.of(large).get((1L << 29) - 5, read, 0, 5);
            assertArrayEquals(values, read);
            cpu.read(small, read);
            assertArrayEquals(new float[5], read);
            float[] across = {9, 8, 7, 6, 5};
            Floats.of(large).put(window - 2, across, 0, 5);
            cpu.read(large.slice(window - 2, 5), read);
            assertArrayEquals(across, read);
        }
    }

    @Test
    void tooMuchIsRefusedInOneLineAndGivenBack() {
        try (CpuBackend cpu = new CpuBackend(1)) {
            for (int i = 0; i < 3; i++) {
                String message = assertThrows(UserException.class, () -> cpu.allocate(1L << 50))
                        .getMessage();
                assertTrue(message.contains("1125899.91 GB asked for") && message.contains("the machine has"), message);
                assertFalse(message.contains("\n"));
            }
            cpu.allocate(1 << 20).close();
        }
    }

    @Test
    void useAfterFreeIsRefusedWhereItCanBeSeen() {
        NativeMemory memory = new NativeMemory(64);
        memory.close();
        memory.close();
        assertThrows(IllegalStateException.class, () -> memory.handle(0, 4, DType.F32));
    }

    @Test
    void transfersConvertAndCheck() {
        try (CpuBackend cpu = new CpuBackend(1);
                Arena arena = new Arena("test")) {
            Tensor reals = arena.tensor(DType.F32, 3);
            Tensor ints = arena.tensor(DType.I32, 4);
            Tensor bytes = arena.tensor(DType.U8, 2);
            Tensor doubles = arena.tensor(DType.F64, 2);
            arena.allocate(cpu::allocate);
            cpu.write(reals, new double[] {0.1, 2, Double.NaN});
            double[] back = new double[3];
            cpu.read(reals, back);
            assertArrayEquals(new double[] {0.1f, 2, Double.NaN}, back);
            cpu.write(ints, new int[] {1, 2, 3, 4}, 4);
            cpu.write(ints, new int[] {7, 8, 9}, 2);
            int[] four = new int[4];
            cpu.read(ints, four);
            assertArrayEquals(new int[] {7, 8, 3, 4}, four);
            cpu.write(bytes, new byte[] {5, -1});
            cpu.zero(ints);
            cpu.read(ints, four);
            assertArrayEquals(new int[4], four);
            byte[] two = new byte[2];
            cpu.read(bytes, two);
            assertArrayEquals(new byte[] {5, -1}, two);
            assertThrows(IllegalArgumentException.class, () -> cpu.write(reals, new float[2], 0));
            assertThrows(IllegalArgumentException.class, () -> cpu.write(reals, new float[4], 2));
            assertThrows(IllegalArgumentException.class, () -> cpu.read(reals, new float[4]));
            assertThrows(IllegalArgumentException.class, () -> cpu.read(reals, new int[1]));
            assertThrows(IllegalArgumentException.class, () -> cpu.copy(ints, reals));
            assertThrows(IllegalArgumentException.class, () -> cpu.zero(doubles));
        }
    }

    /** Starts a JVM of its own: the libraries load once in a process, and native code writes past System.err. */
    @Test
    void nothingIsPrintedWhenLibrariesLoad() throws Exception {
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "--enable-native-access=ALL-UNNAMED", // as the jar's manifest says
                        "-cp",
                        System.getProperty("java.class.path"),
                        Probe.class.getName())
                .redirectErrorStream(true)
                .start();
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        process.getInputStream().transferTo(output);
        assertEquals(0, process.waitFor());
        assertEquals(
                "float32, 2 threads, oneDNN 3.11.0 200000",
                output.toString(StandardCharsets.UTF_8).strip());
    }

    /** Prints the backend's description and the number of elements an op has written. */
    static final class Probe {
        public static void main(String[] arguments) {
            try (CpuBackend cpu = new CpuBackend(2);
                    Arena arena = new Arena("test")) {
                Tensor x = arena.tensor(DType.F32, 400, 500);
                Tensor y = arena.tensor(DType.F32, 400, 500);
                Tensor weight = arena.tensor(DType.F32, 500, 500);
                arena.allocate(cpu::allocate);
                cpu.linear().backwardInput(y, x, weight);
                System.out.println(cpu.description() + " " + x.count());
            }
        }
    }
}
