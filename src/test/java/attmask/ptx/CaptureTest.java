package attmask.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.cuda.Args;
import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import attmask.cuda.GemmType;
import attmask.cuda.LaunchConfig;
import attmask.cuda.PtxModules;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Capture as CUDA has it: nothing happens, arguments stay as they were, and what no graph can hold ends it. */
class CaptureTest {
    private static final Driver.Stream MAIN = Driver.Stream.MAIN;

    private final EmulatedDriver driver = new EmulatedDriver();
    private final long memory = driver.allocate(64);

    CaptureTest() {
        driver.fill(MAIN, memory, (byte) 0, 64);
        upload(memory, 1, 10);
    }

    private void upload(long to, float... values) {
        var buffer = TestDevice.buffer(4 * values.length);
        buffer.asFloatBuffer().put(values);
        driver.upload(MAIN, to, buffer);
    }

    private float read(long address) {
        var buffer = TestDevice.buffer(4);
        driver.download(MAIN, buffer, address);
        return buffer.getFloat(0);
    }

    /** first ← first + second, and what the product and the copy make of them. */
    private Driver.Graph capture() {
        Driver.Kernel kernel = driver.kernel(driver.load("ema", PtxModules.read("ema")), "ema_update");
        Args args = new Args().pointer(memory).pointer(memory + 4).i64(1).f32(1).f32(1);
        driver.beginCapture(MAIN);
        driver.launch(MAIN, kernel, LaunchConfig.of(1, 32), args);
        args.clear().pointer(0).pointer(0); // the graph has its own
        driver.gemm(MAIN, GemmType.F32, false, false, 1, 1, 1, 2, memory, 1, memory + 4, 1, 0, memory + 8, 1);
        driver.copy(MAIN, memory + 12, memory + 8, 4);
        driver.fill(MAIN, memory + 16, (byte) 1, 4);
        return driver.endCapture(MAIN);
    }

    @Test
    void aGraphDoesItsWorkWithTheArgumentsOfTheCapture() {
        Driver.Graph graph = capture();
        assertEquals(1, read(memory), "the capture did its work");
        assertEquals(0, read(memory + 12));
        driver.launch(MAIN, graph);
        assertEquals(11, read(memory));
        assertEquals(220, read(memory + 12));
        assertEquals(Float.intBitsToFloat(0x01010101), read(memory + 16));
        upload(memory + 4, 20);
        driver.launch(MAIN, graph);
        assertEquals(31, read(memory), "what lies in memory is that of the launch");
        assertEquals(2 * 31 * 20, read(memory + 12));
    }

    @Test
    void aGraphRunsInTheOrderOfItsStream() {
        driver.stream(); // from now on work happens late
        Driver.Graph graph = capture();
        driver.launch(MAIN, graph);
        upload(memory + 4, 5);
        driver.launch(MAIN, graph);
        assertEquals(16, read(memory));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
    void whatNoGraphCanHoldIsRefusedAndEndsTheCapture(int kind) {
        Driver.Stream side = driver.stream();
        Driver.Event event = driver.record(side);
        Driver.Graph graph = capture();
        Consumer<Driver> refused =
                switch (kind) {
                    case 0 -> each -> each.allocate(4);
                    case 1 -> each -> each.free(memory);
                    case 2 -> each -> each.upload(MAIN, memory, TestDevice.buffer(4));
                    case 3 -> each -> each.download(MAIN, TestDevice.buffer(4), memory);
                    case 4 -> each -> each.record(MAIN);
                    case 5 -> each -> each.await(MAIN, event);
                    case 6 -> each -> each.synchronize();
                    case 7 -> each -> each.stream();
                    case 8 -> each -> each.launch(MAIN, graph);
                    case 9 -> each -> each.beginCapture(MAIN);
                    case 10 -> each -> each.fill(side, memory, (byte) 0, 4);
                    default -> each -> each.load("ema", PtxModules.read("ema"));
                };
        driver.beginCapture(MAIN);
        driver.fill(MAIN, memory, (byte) 0, 4);
        String message =
                assertThrows(CudaException.class, () -> refused.accept(driver)).getMessage();
        assertTrue(message.endsWith("while a graph is captured"), message);
        assertThrows(CudaException.class, () -> driver.endCapture(MAIN));
        assertEquals(1, read(memory));
        capture(); // the next one is none the worse
    }

    @Test
    void onlyWhatWasBegunEnds() {
        assertThrows(CudaException.class, () -> driver.endCapture(MAIN));
        Driver.Graph graph = capture();
        graph.close();
        assertThrows(CudaException.class, () -> driver.launch(MAIN, graph));
    }
}
