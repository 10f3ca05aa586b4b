package attmask.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ptx.EmulatedDriver;
import attmask.testkit.DriverCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs do what was asked for, whatever changes, and only what repeats becomes one. */
class GraphDriverTest {
    private static final Driver.Stream MAIN = Driver.Stream.MAIN;
    private static final int COUNT = 8;

    private final DriverCalls calls = DriverCalls.of(new EmulatedDriver());
    private final GraphDriver driver = new GraphDriver(calls.driver());
    private final Driver.Kernel ema = driver.kernel(driver.load("ema", PtxModules.read("ema")), "ema_update");
    private final long average = driver.allocate(COUNT * Float.BYTES);
    private final long value = driver.allocate(COUNT * Float.BYTES);
    private final Args args = new Args();

    GraphDriverTest() {
        upload(average, 1);
        upload(value, 1);
        calls.reset();
    }

    private void upload(long to, float each) {
        ByteBuffer bytes = buffer();
        for (int i = 0; i < COUNT; i++) {
            bytes.putFloat(each);
        }
        driver.upload(MAIN, to, bytes.flip());
    }

    private float download(long from) {
        ByteBuffer bytes = buffer();
        driver.download(MAIN, bytes, from);
        return bytes.getFloat(4 * (COUNT - 1));
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(COUNT * Float.BYTES).order(ByteOrder.nativeOrder());
    }

    /** average ← keep · average + take · value: not the same if done twice or never. */
    private void update(float keep, float take) {
        driver.launch(
                MAIN,
                ema,
                LaunchConfig.of(1, 32),
                args.clear()
                        .pointer(average)
                        .pointer(value)
                        .i64(COUNT)
                        .f32(keep)
                        .f32(take));
    }

    private void updates(int count, float take) {
        for (int i = 0; i < count; i++) {
            update(1, take);
        }
    }

    private void expect(int single, int captures, int graphs) {
        assertEquals(single, calls.single(), "calls one by one");
        assertEquals(captures, calls.captures(), "graphs made");
        assertEquals(graphs, calls.graphs(), "graphs queued");
    }

    @Test
    void whatIsAskedForTwiceIsAGraph() {
        for (int i = 1; i <= 5; i++) {
            driver.segment(() -> updates(4, 2));
            assertEquals(1 + 8 * i, download(average));
        }
        expect(4, 1, 4);
    }

    /** As schedules change from step to step, or from epoch to epoch. */
    @Test
    void whatChangesIsDoneAsAskedFor() {
        float sum = 1;
        for (float take : new float[] {1, 2, 3, 4, 4, 4, 2, 5, 4}) {
            driver.segment(() -> updates(4, take));
            sum += 4 * take;
            assertEquals(sum, download(average));
        }
        // 4 twice more and again at the end; 2 again.
        expect(5 * 4, 2, 4);
    }

    /** Work of which one call depends on a number in one way or another. */
    private void work(int kind, int number) {
        updates(3, 1);
        switch (kind) {
            case 0 -> driver.fill(MAIN, average, (byte) number, COUNT * Float.BYTES);
            case 1 -> driver.copy(MAIN, average, value, 4L * number);
            case 2 -> product(1, false, number);
            case 3 -> product(number, false, 1);
            case 4 -> product(2, number == 1, 1);
            case 5 -> launch(LaunchConfig.of(1, 32), number);
            default -> launch(LaunchConfig.of(1, number), COUNT);
        }
    }

    /** average (m, 2) ← alpha · the column of m values · the row of 2. */
    private void product(int m, boolean transposed, float alpha) {
        driver.gemm(
                MAIN,
                GemmType.F32,
                transposed,
                false,
                m,
                2,
                1,
                alpha,
                value,
                transposed ? 1 : m,
                value,
                1,
                0,
                average,
                m);
    }

    private void launch(LaunchConfig config, int count) {
        driver.launch(
                MAIN,
                ema,
                config,
                args.clear().pointer(average).pointer(value).i64(count).f32(0).f32(7));
    }

    private ByteBuffer result(Runnable work) {
        upload(average, 3);
        work.run();
        ByteBuffer bytes = buffer();
        driver.download(MAIN, bytes, average);
        return bytes;
    }

    /** One call of many differs in one number. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void everyKindOfCallIsComparedByValue(int kind) {
        GraphDriverTest plain = new GraphDriverTest();
        for (int number : new int[] {1, 2, 1, 1, 2, 2}) {
            assertEquals(
                    plain.result(() -> plain.work(kind, number)),
                    result(() -> driver.segment(() -> work(kind, number))),
                    "with " + number);
        }
        expect(8, 2, 4);
    }

    @Test
    void transfersSeeWhatWasAskedForBeforeThem() {
        for (int i = 1; i <= 4; i++) {
            upload(average, 0);
            upload(value, 1);
            float size = i;
            driver.segment(() -> {
                updates(4, 1);
                assertEquals(4, download(average));
                upload(value, size);
                updates(5, 1);
            });
            assertEquals(4 + 5 * size, download(average));
        }
        expect(9, 2, 6);
    }

    @Test
    void memoryIsNotGivenBackBeforeItsWorkIsDone() {
        for (int i = 1; i <= 3; i++) {
            driver.segment(() -> {
                long scratch = driver.allocate(COUNT * Float.BYTES);
                driver.copy(MAIN, scratch, value, COUNT * Float.BYTES);
                updates(3, 1);
                driver.copy(MAIN, average, scratch, COUNT * Float.BYTES);
                driver.free(scratch);
            });
            assertEquals(1, download(average));
        }
    }

    @Test
    void aFewCallsAreNoGraph() {
        for (int i = 1; i <= 4; i++) {
            driver.segment(() -> updates(3, 1));
            driver.segment(() -> {});
        }
        assertEquals(13, download(average));
        expect(12, 0, 0);
    }

    @Test
    void aSegmentInASegmentIsAPartOfIt() {
        for (int i = 1; i <= 3; i++) {
            driver.segment(() -> {
                updates(2, 1);
                driver.segment(() -> updates(2, 2));
                updates(2, 3);
            });
            assertEquals(1 + 12 * i, download(average));
        }
        expect(6, 1, 2);
    }

    @Test
    void afterAFailureAllIsAsWithoutGraphs() {
        for (int i = 1; i <= 3; i++) {
            assertThrows(
                    IllegalStateException.class,
                    () -> driver.segment(() -> {
                        updates(4, 1);
                        throw new IllegalStateException();
                    }));
            assertEquals(1 + 4 * i, download(average));
        }
        updates(4, 1);
        assertEquals(17, download(average));
    }

    @Test
    void aCaptureThatFailsSaysWhatToDo() {
        Driver refusing = DriverCalls.nothing("endCapture");
        GraphDriver graphs = new GraphDriver(refusing);
        Runnable work = () -> {
            for (int i = 0; i < 4; i++) {
                graphs.fill(MAIN, 256, (byte) 0, 1);
            }
        };
        graphs.segment(work);
        String message =
                assertThrows(CudaException.class, () -> graphs.segment(work)).getMessage();
        assertTrue(message.contains("4 calls: endCapture refused; --cuda-graph off"), message);
        assertEquals(1, message.lines().count());
    }

    /** Work that always changes does not fill the memory. */
    @Test
    void whatWasNotAskedForTheLongestIsForgotten() {
        DriverCalls nothing = DriverCalls.ofNothing();
        GraphDriver graphs = new GraphDriver(nothing.driver());
        for (int i = 0; i <= GraphDriver.MOST; i++) {
            fill(graphs, i);
            fill(graphs, i);
        }
        assertEquals(GraphDriver.MOST + 1, nothing.captures());
        assertEquals(1, nothing.closed());
        nothing.reset();
        fill(graphs, GraphDriver.MOST);
        fill(graphs, 0);
        assertEquals(1, nothing.graphs());
        assertEquals(4, nothing.single());
    }

    private static void fill(GraphDriver graphs, long bytes) {
        graphs.segment(() -> {
            for (int i = 0; i < 4; i++) {
                graphs.fill(MAIN, 256, (byte) 0, bytes);
            }
        });
    }
}
