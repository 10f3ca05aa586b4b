package attmask.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ptx.EmulatedDriver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A fault is told by the call that made it, not by a later one. */
class SynchronousDriverTest {
    private static final Driver.Stream MAIN = Driver.Stream.MAIN;
    private static final String MODULE = "seeded_bugs";

    private final Driver plain = late();
    private final Driver driver = new SynchronousDriver(late());

    /** With a second stream, the emulation does everything as late as a GPU might. */
    private static Driver late() {
        Driver driver = new EmulatedDriver();
        driver.stream();
        return driver;
    }

    private static String text() throws IOException {
        try (InputStream in = SynchronousDriverTest.class.getResourceAsStream("/ptx/" + MODULE + ".ptx")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** Writes one float behind the 100 that there are. */
    private static void writeBeyond(Driver driver, String ptx) {
        Driver.Kernel kernel = driver.kernel(driver.load(MODULE, ptx), "out_of_bounds");
        driver.launch(
                MAIN,
                kernel,
                LaunchConfig.of(4, 32),
                new Args().pointer(driver.allocate(400)).i32(100));
    }

    @Test
    void aLaunchTellsOfItsKernel() throws IOException {
        String ptx = text();
        writeBeyond(plain, ptx);
        assertThrows(CudaException.class, plain::synchronize);
        CudaException failure = assertThrows(CudaException.class, () -> writeBeyond(driver, ptx));
        assertTrue(failure.getMessage().startsWith("out_of_bounds<<<(4, 1, 1), (32, 1), 0>>>(0x"), failure::getMessage);
        assertEquals(1, failure.getMessage().lines().count(), failure::getMessage);
    }

    private static void multiplyNothing(Driver driver) {
        driver.gemm(MAIN, GemmType.F32, false, false, 2, 2, 2, 1, 0, 2, 0, 2, 0, 0, 2);
    }

    @Test
    void aProductTellsOfItself() {
        multiplyNothing(plain);
        assertThrows(CudaException.class, plain::synchronize);
        CudaException failure = assertThrows(CudaException.class, () -> multiplyNothing(driver));
        assertTrue(failure.getMessage().startsWith("gemm F32, m 2, n 2, k 2"), failure::getMessage);
    }

    @Test
    void copiesTellOfThemselves() {
        long memory = driver.allocate(64);
        ByteBuffer bytes = ByteBuffer.allocateDirect(65).order(ByteOrder.nativeOrder());
        assertTold("upload of 65 bytes", () -> driver.upload(MAIN, memory, bytes));
        assertTold("fill of 65 bytes", () -> driver.fill(MAIN, memory, (byte) 0, 65));
        assertTold("copy of 65 bytes", () -> driver.copy(MAIN, memory, memory, 65));
    }

    private static void assertTold(String what, Runnable call) {
        CudaException failure = assertThrows(CudaException.class, call::run);
        assertTrue(failure.getMessage().startsWith(what), failure::getMessage);
    }

    @Test
    void whatIsRightGoesThrough() {
        long memory = driver.allocate(3 * Float.BYTES);
        ByteBuffer values = ByteBuffer.allocateDirect(3 * Float.BYTES).order(ByteOrder.nativeOrder());
        driver.upload(MAIN, memory, values.putFloat(2).putFloat(3).putFloat(0).flip());
        driver.gemm(MAIN, GemmType.F32, false, false, 1, 1, 1, 1, memory, 1, memory + 4, 1, 0, memory + 8, 1);
        driver.copy(MAIN, memory, memory + 8, 4);
        values.clear();
        driver.download(MAIN, values, memory);
        assertEquals(6, values.getFloat(0));
        assertEquals(3, values.getFloat(4));
        driver.free(memory);
        driver.close();
    }
}
