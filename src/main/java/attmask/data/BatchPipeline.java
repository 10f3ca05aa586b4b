package attmask.data;

import attmask.config.UserException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Fills numbered batches row by row on worker threads and hands them out in order. A fixed pool of buffers bounds how
 * far the workers run ahead. Which worker fills a row must not matter for what is in it.
 *
 * @param <T> a batch's buffers
 */
final class BatchPipeline<T> implements AutoCloseable {
    /** Says what a batch will hold. */
    interface Plan<T> {
        /**
         * Prepares batch {@code number} and gives its number of rows. Called once each, in order, by one thread at a
         * time.
         */
        int begin(T batch, long number);
    }

    /** Fills rows; each worker has its own, with its own scratch memory. */
    interface Filler<T> {
        void fill(T batch, int row);
    }

    /** A batch under way; guarded by the pipeline's monitor. */
    private static final class Slot<T> {
        private final T batch;
        private int rows;
        private int claimed;
        private int filled;
        private Throwable failure;

        private Slot(T batch) {
            this.batch = batch;
        }

        private boolean isComplete() {
            return filled == rows;
        }
    }

    /** The row a worker is busy with; reused, so that claiming makes no garbage. */
    private static final class Ticket<T> {
        private Slot<T> slot;
        private int row;
    }

    /** Decoding one image never takes this long; a stuck file system may. The threads are daemons. */
    private static final long JOIN_MILLIS = 5000;

    private final Plan<T> plan;
    private final long end;
    private final ArrayDeque<T> free;
    private final List<T> out = new ArrayList<>();
    private final ArrayDeque<Slot<T>> inOrder = new ArrayDeque<>();
    private final List<Thread> workers = new ArrayList<>();
    private long nextToBegin;
    private long nextToDeliver;
    private long waitedNanos;
    private boolean closed;
    private Slot<T> filling;

    /**
     * Starts the workers.
     *
     * @param first number of the first batch
     * @param end number after the last batch
     * @param pool the buffers; one is with the consumer, the others are filled ahead
     * @param fillers makes each worker's filler
     */
    BatchPipeline(
            Plan<T> plan, long first, long end, Collection<T> pool, int workerCount, Supplier<Filler<T>> fillers) {
        this.plan = plan;
        this.nextToBegin = first;
        this.nextToDeliver = first;
        this.end = end;
        this.free = new ArrayDeque<>(pool);
        for (int number = 1; number <= workerCount; number++) {
            Filler<T> filler = fillers.get();
            Thread worker = new Thread(() -> work(filler), "attmask-data-" + number);
            worker.setDaemon(true);
            workers.add(worker);
        }
        workers.forEach(Thread::start);
    }

    private void work(Filler<T> filler) {
        try {
            fillRows(filler);
        } finally {
            leave();
        }
    }

    private void fillRows(Filler<T> filler) {
        Ticket<T> ticket = new Ticket<>();
        while (claim(ticket)) {
            Throwable failure = null;
            try {
                filler.fill(ticket.slot.batch, ticket.row);
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            finish(ticket.slot, failure);
        }
    }

    /**
     * A worker that goes before all is done, say interrupted by a stranger, must not leave the consumer waiting for
     * ever.
     */
    private synchronized void leave() {
        closed |= nextToBegin < end || filling != null;
        notifyAll();
    }

    /** Takes the next row that nobody works on; false when there is none left or the pipeline is closed. */
    private synchronized boolean claim(Ticket<T> ticket) {
        while (filling == null && !closed && nextToBegin < end) {
            await(() -> closed || filling != null || nextToBegin == end || !free.isEmpty());
            if (filling == null && !closed && nextToBegin < end) {
                begin(new Slot<>(free.poll()));
            }
        }
        if (filling == null || closed) {
            return false;
        }
        ticket.slot = filling;
        ticket.row = filling.claimed++;
        if (filling.claimed == filling.rows) {
            filling = null;
        }
        return true;
    }

    private void begin(Slot<T> slot) {
        try {
            slot.rows = plan.begin(slot.batch, nextToBegin);
        } catch (RuntimeException | Error e) {
            slot.failure = e;
        }
        nextToBegin++;
        inOrder.add(slot);
        filling = slot.rows > 0 ? slot : null;
        notifyAll();
    }

    private synchronized void finish(Slot<T> slot, Throwable failure) {
        slot.filled++;
        if (slot.failure == null) {
            slot.failure = failure;
        }
        if (slot.isComplete()) {
            notifyAll();
        }
    }

    /**
     * Waits for the next batch; null after the last.
     *
     * @throws UserException when a worker met one in this batch
     * @throws IllegalStateException when a worker failed otherwise, the pipeline is closed, or every buffer is out
     */
    T next() {
        Slot<T> slot = take();
        if (slot == null || slot.failure == null) {
            return slot == null ? null : slot.batch;
        }
        close();
        if (slot.failure instanceof UserException) {
            throw new UserException(slot.failure.getMessage(), slot.failure);
        }
        throw new IllegalStateException("loading images failed: " + slot.failure, slot.failure);
    }

    /** True if {@link #next} would hand out a batch at once. */
    synchronized boolean ready() {
        Slot<T> first = inOrder.peek();
        return !closed && first != null && first.isComplete() && first.failure == null;
    }

    private synchronized Slot<T> take() {
        if (nextToDeliver == end) {
            return null;
        }
        if (free.isEmpty() && inOrder.isEmpty()) {
            throw new IllegalStateException("every batch is out: release one before asking for the next");
        }
        long start = System.nanoTime();
        await(() -> closed || (!inOrder.isEmpty() && inOrder.peek().isComplete()));
        waitedNanos += System.nanoTime() - start;
        if (closed) {
            throw new IllegalStateException("the loader is closed");
        }
        nextToDeliver++;
        out.add(inOrder.peek().batch);
        return inOrder.poll();
    }

    /** Gives a batch's buffers back. */
    synchronized void release(T batch) {
        if (!out.remove(batch)) {
            throw new IllegalStateException("batch released twice");
        }
        free.add(batch);
        notifyAll();
    }

    /** Time spent waiting in {@link #next} so far. */
    synchronized long waitedNanos() {
        return waitedNanos;
    }

    /** Waits for a condition; every change of state notifies. */
    private void await(BooleanSupplier condition) {
        try {
            while (!condition.getAsBoolean()) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for images", e);
        }
    }

    /**
     * Ends the workers, each after the row it is busy with, and waits for them. They are not interrupted: a read broken
     * off would pass for an unreadable file.
     */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = Thread.interrupted();
        for (Thread worker : workers) {
            try {
                worker.join(JOIN_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
