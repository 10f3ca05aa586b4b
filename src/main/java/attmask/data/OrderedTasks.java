package attmask.data;

import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * Computes numbered results on several threads and hands them out in order, a few ahead of what is asked for, so that
 * they never fill the memory.
 *
 * @param <T> a result
 */
final class OrderedTasks<T> implements AutoCloseable {
    private static final int AHEAD_PER_THREAD = 4;

    private final ExecutorService workers;
    private final ArrayDeque<Future<T>> ahead = new ArrayDeque<>();
    private final int ends;
    private final int window;
    private final IntFunction<T> task;
    private int started;

    /**
     * @param count tasks, numbered from 0
     * @param task runs on any thread
     */
    OrderedTasks(int count, int threads, IntFunction<T> task) {
        this.ends = count;
        this.window = threads * AHEAD_PER_THREAD;
        this.task = task;
        this.workers = Executors.newFixedThreadPool(threads, work -> {
            Thread thread = new Thread(work, "attmask-pack");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** The next result, once for each task. What a task throws is thrown here. */
    T next() {
        while (started < ends && ahead.size() < window) {
            int number = started++;
            ahead.add(workers.submit(() -> task.apply(number)));
        }
        try {
            return ahead.remove().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an image", e);
        }
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
