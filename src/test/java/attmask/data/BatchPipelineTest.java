package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The time limit is for deadlocks: everything here takes milliseconds. */
@Timeout(60)
class BatchPipelineTest {
    private static final int ROWS = 4;

    private static int begin(long[] batch, long number) {
        for (int row = 0; row < ROWS; row++) {
            batch[row] = number;
        }
        return ROWS;
    }

    private static BatchPipeline<long[]> pipeline(
            long first, long end, int buffers, int workers, BatchPipeline.Filler<long[]> filler) {
        List<long[]> pool = Stream.generate(() -> new long[ROWS]).limit(buffers).toList();
        return new BatchPipeline<>(BatchPipelineTest::begin, first, end, pool, workers, () -> filler);
    }

    private static void times10(long[] batch, int row) {
        batch[row] = batch[row] * 10 + row;
    }

    @ParameterizedTest
    @CsvSource({"2,1", "2,3", "3,2", "5,8"})
    void everyRowOfEveryBatchOnceAndInOrder(int buffers, int workers) {
        try (var pipeline = pipeline(3, 203, buffers, workers, BatchPipelineTest::times10)) {
            for (int number = 3; number < 203; number++) {
                long[] batch = pipeline.next();
                for (int row = 0; row < ROWS; row++) {
                    assertEquals(number * 10L + row, batch[row]);
                }
                pipeline.release(batch);
            }
            assertNull(pipeline.next());
            assertNull(pipeline.next());
        }
    }

    @Test
    void aBatchOutIsNotTouched() {
        try (var pipeline = pipeline(0, 50, 3, 2, BatchPipelineTest::times10)) {
            long[] kept = pipeline.next();
            for (int number = 1; number < 50; number++) {
                long[] batch = pipeline.next();
                assertEquals(number * 10L, batch[0]);
                pipeline.release(batch);
            }
            assertEquals(3, kept[3]);
        }
    }

    @Test
    void takingTooMuchOrReleasingTwiceIsRefused() {
        try (var pipeline = pipeline(0, 9, 2, 1, BatchPipelineTest::times10)) {
            long[] first = pipeline.next();
            pipeline.next();
            assertThrows(IllegalStateException.class, pipeline::next);
            pipeline.release(first);
            assertThrows(IllegalStateException.class, () -> pipeline.release(first));
            assertEquals(20, pipeline.next()[0]);
        }
    }

    @Test
    void aWorkersFailureComesOutWithItsBatchAndNotBefore() {
        RuntimeException fault = new ArithmeticException("sum");
        try (var pipeline = pipeline(0, 9, 3, 2, (batch, row) -> {
            if (batch[row] == 2 && row == 3) {
                throw fault;
            }
        })) {
            pipeline.release(pipeline.next());
            pipeline.release(pipeline.next());
            assertSame(
                    fault,
                    assertThrows(IllegalStateException.class, pipeline::next).getCause());
            assertThrows(IllegalStateException.class, pipeline::next);
        }
    }

    @Test
    void aUserExceptionKeepsItsMessageAndAnErrorIsNotLost() {
        try (var pipeline = pipeline(0, 2, 2, 1, (batch, row) -> {
            throw new UserException("mend this");
        })) {
            assertEquals(
                    "mend this",
                    assertThrows(UserException.class, pipeline::next).getMessage());
        }
        try (var pipeline = pipeline(0, 2, 2, 1, (batch, row) -> {
            throw new OutOfMemoryError("heap");
        })) {
            assertTrue(assertThrows(IllegalStateException.class, pipeline::next)
                    .getMessage()
                    .contains("heap"));
        }
    }

    @Test
    void aFailingPlanComesOut() {
        BatchPipeline.Plan<long[]> plan = (batch, number) -> {
            throw new ArithmeticException("plan");
        };
        List<long[]> pool = List.of(new long[1], new long[1]);
        try (var pipeline = new BatchPipeline<>(plan, 0, 2, pool, 2, () -> BatchPipelineTest::times10)) {
            assertThrows(IllegalStateException.class, pipeline::next);
        }
    }

    @Test
    void closingWakesAConsumerThatWaits() throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        var pipeline = pipeline(0, 2, 2, 1, (batch, row) -> {
            busy.countDown();
            awaitQuietly(goOn);
        });
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread consumer = new Thread(() -> seen.set(assertThrows(IllegalStateException.class, pipeline::next)));
        consumer.start();
        busy.await();
        Thread closer = new Thread(pipeline::close);
        closer.start();
        consumer.join();
        goOn.countDown();
        closer.join();
        assertEquals("the loader is closed", seen.get().getMessage());
        pipeline.close();
    }

    @Test
    void closingEndsWorkersThatWaitForBuffers() {
        Set<Thread> workers = ConcurrentHashMap.newKeySet();
        var pipeline = pipeline(0, 100, 2, 3, (batch, row) -> workers.add(Thread.currentThread()));
        pipeline.next();
        pipeline.close();
        assertFalse(workers.isEmpty());
        workers.forEach(worker -> assertFalse(worker.isAlive()));
    }

    @Test
    void aWakeUpWithoutReasonChangesNothing() throws InterruptedException {
        CountDownLatch goOn = new CountDownLatch(1);
        try (var pipeline = pipeline(0, 1, 2, 2, (batch, row) -> {
            awaitQuietly(goOn);
            times10(batch, row);
        })) {
            AtomicReference<long[]> seen = new AtomicReference<>();
            Thread consumer = new Thread(() -> seen.set(pipeline.next()));
            consumer.start();
            while (consumer.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 100; i++) {
                synchronized (pipeline) {
                    pipeline.notifyAll();
                }
            }
            assertNull(seen.get());
            goOn.countDown();
            consumer.join();
            assertEquals(3, seen.get()[3]);
        }
    }

    @Test
    void anInterruptedConsumerIsToldAndStaysInterrupted() {
        CountDownLatch goOn = new CountDownLatch(1);
        try (var pipeline = pipeline(0, 1, 2, 1, (batch, row) -> awaitQuietly(goOn))) {
            Thread.currentThread().interrupt();
            assertThrows(IllegalStateException.class, pipeline::next);
            assertTrue(Thread.interrupted());
            goOn.countDown();
        }
    }

    /** Nothing here interrupts workers, but whoever does must not hang the run. */
    @Test
    void aWorkerInterruptedByAStrangerDoesNotHangTheConsumer() {
        AtomicReference<Thread> worker = new AtomicReference<>();
        try (var pipeline = pipeline(0, Long.MAX_VALUE, 2, 1, (batch, row) -> worker.set(Thread.currentThread()))) {
            long[] first = pipeline.next();
            pipeline.next();
            worker.get().setUncaughtExceptionHandler((thread, failure) -> {});
            worker.get().interrupt();
            pipeline.release(first);
            Exception e = assertThrows(IllegalStateException.class, () -> {
                while (true) {
                    pipeline.release(pipeline.next());
                }
            });
            assertEquals("the loader is closed", e.getMessage());
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
