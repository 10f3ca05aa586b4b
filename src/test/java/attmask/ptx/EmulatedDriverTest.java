package attmask.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import attmask.cuda.GemmType;
import attmask.cuda.LaunchConfig;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels run and count; memory, arguments and products behave as a GPU's driver has them. */
class EmulatedDriverTest {
    private final TestDevice device = new TestDevice("basics", new Adversary(3, 3));

    private static void rejects(String report, Runnable action) {
        String message = assertThrows(CudaException.class, action::run).getMessage();
        assertTrue(message.contains(report), message);
    }

    @Test
    void runsAndGuardsATail() {
        long y = device.counting(0, 100);
        device.launch("saxpy", 4, 32, y, device.counting(1, 100), 100, 2f);
        float[] expected = new float[100];
        for (int i = 0; i < 100; i++) {
            expected[i] = i + 2f * (i + 1);
        }
        assertArrayEquals(expected, device.floats(y, 100));
    }

    @Test
    void sumsThroughShufflesAndSharedMemory() {
        long sums = device.raw(12);
        device.launch("block_sums", 3, 256, sums, device.counting(0, 768));
        assertArrayEquals(new float[] {32640, 98176, 163712}, device.floats(sums, 3));
    }

    /** Against the same function of one thread. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 23})
    void divergesAndComesTogether(int n) {
        int[] x = new int[512];
        for (int i = 0; i < x.length; i++) {
            x[i] = i * 7919 % 5003;
        }
        int[] alone = new int[x.length];
        Arrays.setAll(alone, i -> diverge(x[i], n));
        long y = device.raw(4L * x.length);
        device.launch("diverge", x.length / 128, 128, device.ints(x), y, n);
        int[] actual = device.ints(y, x.length);
        for (int i = 0; i < x.length; i++) {
            int sum = 0;
            for (int lane = 0; lane < 32; lane++) {
                sum += alone[i / 32 * 32 + lane];
            }
            assertEquals(sum ^ alone[i], actual[i], "thread " + i);
        }
        assertTrue(device.last().divergentBranches() > 0);
    }

    private static int diverge(int v, int n) {
        int acc = 0;
        for (int k = 0; k < n; k++) {
            int u = v + k * 7;
            int steps = 0;
            while (Integer.compareUnsigned(u, 1) > 0) {
                if (++steps > 40) {
                    return acc;
                }
                if ((u & 1) != 0) {
                    if (Integer.remainderUnsigned(u, 5) == 0) {
                        u -= 3;
                        continue;
                    }
                    u = 3 * u + 1;
                } else {
                    u >>>= 1;
                }
                if (u == 7 * k) {
                    break;
                }
            }
            int kind = u & 3;
            if (kind == 2 && (acc & 1) != 0) {
                continue;
            }
            acc = kind == 0 ? acc + steps : kind == 1 ? acc ^ steps * k : acc * 3 + 1;
            if ((acc & 63) == 17) {
                acc += Integer.bitCount(u + k);
            } else if (acc < 0) {
                acc = -acc;
            }
        }
        return acc;
    }

    @Test
    void localMemoryWorksAndIsCounted() {
        long y = device.raw(32);
        device.launch("local_array", 1, 8, y, device.ints(3, 1, 4, 1, 5, 9, 2, 6));
        int[] a = {3, 1, 4, 1, 5, 9, 2, 6};
        for (int i = 0; i < 8; i++) {
            int j = a[i] & 7;
            int t = a[i];
            a[i] = a[j];
            a[j] = t;
        }
        assertArrayEquals(a, device.ints(y, 8));
        assertTrue(device.last().localBytes() > 0);
        assertTrue(device.last().instructions().get(InstructionClass.LOCAL) > 0);
    }

    @Test
    void modulesHaveVariables() {
        long y = device.raw(32);
        device.launch("module_variables", 1, 8, y);
        device.launch("module_variables", 1, 8, y);
        assertArrayEquals(new int[] {45, 1, 4, 1, 5, 9, 2, 6}, device.ints(y, 8));
    }

    @Test
    void atomicsCount() {
        int[] x = new int[1000];
        int[] expected = new int[16];
        for (int i = 0; i < x.length; i++) {
            x[i] = i * i % 16;
            expected[x[i]]++;
        }
        long counts = device.zeros(64);
        device.launch("histogram", 3, 128, counts, device.ints(x), x.length);
        assertArrayEquals(expected, device.ints(counts, 16));
    }

    @Test
    void fencesPublishToTheLastBlock() {
        long total = device.raw(4);
        device.launch("last_block", 5, 32, total, device.raw(20), device.zeros(4), device.counting(1, 5));
        assertArrayEquals(new float[] {15}, device.floats(total, 1));
    }

    @Test
    void countsBytesAndSectors() {
        device.launch("copy4", 2, 64, device.raw(2048), device.counting(0, 512));
        LaunchReport copy = device.last();
        assertEquals(2048, copy.globalLoadBytes());
        assertEquals(64, copy.globalLoadSectors());
        assertEquals(2048, copy.globalStoreBytes());
        assertEquals(1, copy.sectorOverhead());
        assertEquals(4, copy.instructions().get(InstructionClass.GLOBAL_STORE));

        device.launch("column", 1, 32, device.raw(128), device.counting(0, 32 * 10), 10);
        assertEquals(32, device.last().globalLoadSectors());
        assertEquals(128, device.last().globalLoadBytes());
        device.launch("column", 1, 32, device.raw(128), device.counting(0, 1), 0);
        assertEquals(1, device.last().globalLoadSectors());
        assertEquals(4, device.last().globalLoadBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 8, 31, 32})
    void countsBankConflicts(int stride) {
        device.launch("strided", 1, 32, device.raw(128), Math.min(stride, 31));
        int s = Math.min(stride, 31);
        int ways = s == 0 ? 1 : Integer.lowestOneBit(s);
        assertEquals(ways - 1, device.last().sharedConflicts());
        assertEquals(33, device.last().sharedAccesses());
    }

    @Test
    void memoryIsChecked() {
        long x = device.floats(1, 2, 3);
        rejects("offset 8 of an allocation of 12 bytes", () -> device.floats(x + 8, 2));
        rejects("uninitialised", () -> device.floats(device.raw(8), 2));
        rejects("the null pointer", () -> device.floats(0, 1));
        device.driver.free(x);
        rejects("freed memory", () -> device.floats(x, 1));
        rejects("freed memory", () -> device.driver.free(x));
        rejects("freed memory", () -> device.launch("saxpy", 1, 32, x, x, 3, 1f));
        rejects("are free", () -> device.raw(device.driver.freeBytes() + 1));
        assertEquals(0, device.raw(5) % 256);
    }

    @Test
    void copiesKeepWhatIsUninitialised() {
        long from = device.raw(16);
        long to = device.zeros(16);
        device.driver.fill(Driver.Stream.MAIN, from, (byte) 1, 8);
        device.driver.copy(Driver.Stream.MAIN, to, from, 16);
        assertArrayEquals(new int[] {0x01010101, 0x01010101}, device.ints(to, 2));
        rejects("uninitialised", () -> device.ints(to, 4));
    }

    @Test
    void launchesAreChecked() {
        long x = device.floats(1, 2, 3);
        rejects("takes 4 arguments", () -> device.launch("saxpy", 1, 32, x, x, 3));
        rejects("argument 2 has 8 bytes", () -> device.launch("saxpy", 1, 32, x, x, x, 1f));
        rejects(
                "bytes of shared memory",
                () -> device.launch("saxpy", LaunchConfig.of(1, 32).withShared(1 << 20), x, x, 3, 1f));
        rejects("no kernel sixpy", () -> device.launch("sixpy", 1, 32));
    }

    @Test
    void aSpinningBlockIsStopped() {
        TestDevice bugs = new TestDevice("seeded_bugs");
        bugs.driver.patience(100_000);
        long flag = bugs.zeros(4);
        rejects("spin: block (0, 0, 0) does not come to an end", () -> bugs.launch("spin", 1, 32, flag));
    }

    /** Stamps of earlier launches do not count, however many launches ago, and those of this one do. */
    @Test
    void racesAreOfOneLaunch() {
        TestDevice bugs = new TestDevice("seeded_bugs");
        long y = bugs.raw(512);
        for (int i = 0; i < 5000; i++) {
            bugs.launch("blocks_overlap_right", 4, 32, y);
        }
        rejects("race between blocks", () -> bugs.launch("blocks_overlap", 4, 32, y));
    }

    /** Only the order of floating-point atomics may show in results, and it must: seeds are there to find such code. */
    @Test
    void ordersDiffer() {
        float[] first = null;
        boolean differ = false;
        for (int seed = 1; seed < 6; seed++) {
            TestDevice d = new TestDevice("basics", new Adversary(seed, 0));
            long sum = d.zeros(4);
            d.launch("float_atomics", 8, 128, sum);
            float[] result = d.floats(sum, 1);
            differ |= first != null && result[0] != first[0];
            first = result;
            assertEquals(result[0], repeated(seed), "the same seed gives the same bits");
        }
        assertTrue(differ);
    }

    private static float repeated(int seed) {
        TestDevice d = new TestDevice("basics", new Adversary(seed, 0));
        long sum = d.zeros(4);
        d.launch("float_atomics", 8, 128, sum);
        return d.floats(sum, 1)[0];
    }

    /** C (2, 3) = op(A) (2, 4) · op(B) (4, 3), all by columns, in strides larger than the columns. */
    @Test
    void multipliesByColumns() {
        float[] expected = new float[6];
        float[] a = new float[32];
        float[] b = new float[32];
        for (int i = 0; i < 32; i++) {
            a[i] = i % 7 - 3;
            b[i] = i % 5 - 2;
        }
        for (int transposed = 0; transposed < 4; transposed++) {
            boolean ta = (transposed & 1) != 0;
            boolean tb = (transposed & 2) != 0;
            for (int i = 0; i < 2; i++) {
                for (int j = 0; j < 3; j++) {
                    float sum = 0;
                    for (int p = 0; p < 4; p++) {
                        sum += a[ta ? i * 5 + p : p * 5 + i] * b[tb ? p * 6 + j : j * 6 + p];
                    }
                    expected[j * 2 + i] = 2 * sum + 3 * (j * 2 + i);
                }
            }
            long c = device.counting(0, 6);
            device.driver.gemm(
                    Driver.Stream.MAIN,
                    GemmType.F32,
                    ta,
                    tb,
                    2,
                    3,
                    4,
                    2,
                    device.floats(a),
                    5,
                    device.floats(b),
                    6,
                    3,
                    c,
                    2);
            assertArrayEquals(expected, device.floats(c, 6));
        }
    }
}
