package attmask.ops.cpu;

import attmask.config.Precision;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed pool of threads that work off numbered items; the calling thread takes part. What an item is depends only on
 * shapes, and items share no output, so results do not depend on the number of threads or on who takes which item.
 * One thread at a time may use it.
 */
final class Workers implements AutoCloseable {
    /** Floats a chunk of rows holds: a few such arrays fit the first or second cache level. */
    static final int CHUNK = 8192;

    /** Turns of waiting, some 250 µs, before a thread goes to sleep: most ops of a step follow at once. */
    private static final int SPINS = 5000;

    /** Work on item {@code item}. */
    interface Task {
        void run(int item, Scratch scratch);
    }

    /** Work on rows {@code from .. from+count-1}. */
    interface RowTask {
        void run(int from, int count, Scratch scratch);
    }

    /** Work on elements {@code from .. from+count-1}. */
    interface FlatTask {
        void run(long from, int count, Scratch scratch);
    }

    private final Worker[] helpers;
    private final Precision precision;
    private final Scratch callerScratch;
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile Job current;
    private volatile boolean closed;

    /** @param precision of the products that its threads compile */
    Workers(int threads, Precision precision) {
        this.precision = precision;
        callerScratch = new Scratch(precision);
        helpers = new Worker[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Worker("attmask-cpu-" + (i + 1));
            helpers[i].start();
        }
    }

    int threads() {
        return helpers.length + 1;
    }

    /** Runs items 0 .. items-1 and returns when all are done; the first exception of any item is thrown here. */
    void each(int items, Task task) {
        if (items <= 0) {
            return;
        }
        if (closed) {
            throw new IllegalStateException("the cpu backend is closed");
        }
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException("the cpu backend is in use: call its ops from one thread at a time");
        }
        try {
            OneDnn.useOneThread();
            Job job = new Job(items, task, Thread.currentThread());
            if (items > 1) {
                current = job;
                for (int i = 0; i < Math.min(helpers.length, items - 1); i++) {
                    helpers[i].wake();
                }
            }
            job.work(callerScratch);
            job.await();
        } finally {
            current = null;
            busy.set(false);
        }
    }

    /** Runs a task over all rows, in chunks of {@link #rowsPerChunk}. */
    void rows(int rows, int width, RowTask task) {
        blocks(rows, rowsPerChunk(width), task);
    }

    /** Runs a task over all rows, in blocks of {@code size}; block i starts at row i·size. */
    void blocks(int rows, int size, RowTask task) {
        each(chunks(rows, size), (item, scratch) -> {
            int from = item * size;
            task.run(from, Math.min(size, rows - from), scratch);
        });
    }

    /** Runs a task over all elements of a flat range. */
    void flat(long count, FlatTask task) {
        each(Math.toIntExact((count + CHUNK - 1) / CHUNK), (item, scratch) -> {
            long from = (long) item * CHUNK;
            task.run(from, (int) Math.min(CHUNK, count - from), scratch);
        });
    }

    /** Rows of the given width that make a chunk. */
    static int rowsPerChunk(int width) {
        return Math.max(1, CHUNK / Math.max(1, width));
    }

    /** Number of chunks of {@code size} in {@code count}. */
    static int chunks(int count, int size) {
        return (int) (((long) count + size - 1) / size);
    }

    @Override
    public void close() {
        closed = true;
        for (Worker helper : helpers) {
            LockSupport.unpark(helper);
        }
        for (Worker helper : helpers) {
            helper.joinQuietly();
        }
        callerScratch.close();
    }

    private final class Worker extends Thread {
        private volatile boolean asleep;

        Worker(String name) {
            super(name);
            setDaemon(true);
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(this);
            }
        }

        void joinQuietly() {
            try {
                join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void run() {
            try (Scratch scratch = new Scratch(precision)) {
                OneDnn.useOneThread();
                Job last = null;
                while (!closed) {
                    Job job = next(last);
                    if (job != null) {
                        job.work(scratch);
                        last = job;
                    }
                }
            }
        }

        /** The job after {@code last}, or null after a while without one. */
        private Job next(Job last) {
            for (int i = 0; i < SPINS; i++) {
                Job job = current;
                if (job != null && job != last) {
                    return job;
                }
                Thread.onSpinWait();
            }
            asleep = true;
            Job job = current;
            if ((job == null || job == last) && !closed) {
                LockSupport.park(this);
                job = current;
            }
            asleep = false;
            return job == last ? null : job;
        }
    }

    /** One call of {@link #each}. */
    private static final class Job {
        private final int items;
        private final Task task;
        private final Thread caller;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger finished = new AtomicInteger();
        private volatile Throwable failure;

        Job(int items, Task task, Thread caller) {
            this.items = items;
            this.task = task;
            this.caller = caller;
        }

        void work(Scratch scratch) {
            for (int item = next.getAndIncrement(); item < items; item = next.getAndIncrement()) {
                try {
                    if (failure == null) {
                        task.run(item, scratch);
                    }
                } catch (Throwable thrown) {
                    failure = thrown;
                }
                if (finished.incrementAndGet() == items) {
                    LockSupport.unpark(caller);
                }
            }
        }

        void await() {
            for (int i = 0; finished.get() < items; i++) {
                if (i < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (failure instanceof RuntimeException exception) {
                throw exception;
            }
            if (failure instanceof Error error) {
                throw error;
            }
        }
    }
}
