package attmask.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Precision;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    @BeforeAll
    static void load() {
        OneDnn.load();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void everyItemRunsOnceCallAfterCall(int threads) {
        try (Workers workers = new Workers(threads, Precision.FP32)) {
            for (int call = 0; call < 2000; call++) {
                int items = call % 23;
                AtomicIntegerArray runs = new AtomicIntegerArray(23);
                workers.each(items, (item, scratch) -> runs.incrementAndGet(item));
                for (int i = 0; i < 23; i++) {
                    assertEquals(i < items ? 1 : 0, runs.get(i));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anExceptionReachesTheCallerAndThePoolGoesOn(int threads) {
        try (Workers workers = new Workers(threads, Precision.FP32)) {
            for (int bad = 0; bad < 50; bad++) {
                IllegalArgumentException thrown = new IllegalArgumentException("item " + bad);
                int culprit = bad;
                assertSame(
                        thrown,
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> workers.each(50, (item, scratch) -> {
                                    if (item == culprit) {
                                        throw thrown;
                                    }
                                })));
                AtomicIntegerArray runs = new AtomicIntegerArray(1);
                workers.each(9, (item, scratch) -> runs.incrementAndGet(0));
                assertEquals(9, runs.get(0));
            }
        }
    }

    /** Both items wait for each other, so this ends only if two threads are at work. */
    @Test
    void itemsRunAtTheSameTime() {
        try (Workers workers = new Workers(2, Precision.FP32)) {
            CountDownLatch both = new CountDownLatch(2);
            AtomicReference<Thread> other = new AtomicReference<>();
            Thread caller = Thread.currentThread();
            workers.each(2, (item, scratch) -> {
                if (Thread.currentThread() != caller) {
                    other.set(Thread.currentThread());
                }
                both.countDown();
                try {
                    both.await();
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
            });
            assertTrue(other.get().isDaemon());
            assertEquals("attmask-cpu-1", other.get().getName());
        }
    }

    @Test
    void useFromWithinATaskOrAfterCloseIsRefused() {
        Workers workers = new Workers(1, Precision.FP32);
        workers.each(
                1,
                (item, scratch) ->
                        assertThrows(IllegalStateException.class, () -> workers.each(1, (inner, innerScratch) -> {})));
        workers.close();
        assertThrows(IllegalStateException.class, () -> workers.each(1, (item, scratch) -> {}));
    }

    @Test
    void closeEndsTheThreads() {
        new Workers(4, Precision.FP32).close();
        assertFalse(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("attmask-cpu-3")));
    }

    @Test
    void scratchGrowsAndIsReused() {
        try (Scratch scratch = new Scratch(Precision.FP32)) {
            float[] large = scratch.floats(2, 1000);
            assertSame(large, scratch.floats(2, 10));
            assertTrue(scratch.floats(2, 1001).length >= 1001);
            Floats wide = scratch.nativeFloats(1, 1000);
            assertSame(wide, scratch.nativeFloats(1, 999));
            assertTrue(scratch.nativeFloats(1, 1001).length() >= 1001);
        }
    }
}
