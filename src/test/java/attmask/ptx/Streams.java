package attmask.ptx;

import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Streams as queues that nobody works off before he must: a stream's work happens when the host waits for that stream
 * or for all, or when another stream waits for an event in it. So work that should have waited for another stream's
 * finds that it has not happened. As long as the main stream is the only one nobody can tell, and work runs at once.
 */
final class Streams {
    private final Queue main = new Queue("main stream");
    private final List<Queue> all = new ArrayList<>(List.of(main));
    private final long seed;

    /** @param seed of the order in which streams are worked off when all are waited for */
    Streams(long seed) {
        this.seed = seed;
    }

    private static final class Queue implements Driver.Stream {
        final String name;
        final Deque<Runnable> pending = new ArrayDeque<>();

        Queue(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final class Mark implements Driver.Event {
        final Queue queue;
        boolean reached;

        Mark(Queue queue) {
            this.queue = queue;
        }
    }

    Driver.Stream create() {
        Queue queue = new Queue("stream " + all.size());
        all.add(queue);
        return queue;
    }

    private Queue queue(Driver.Stream stream) {
        if (stream == Driver.Stream.MAIN) {
            return main;
        }
        if (stream instanceof Queue queue && all.contains(queue)) {
            return queue;
        }
        throw new CudaException(stream + " is not a stream of this driver");
    }

    /** Whether work of a stream will wait, so that what the host may change must be copied. */
    boolean isLate() {
        return all.size() > 1;
    }

    void add(Driver.Stream stream, Runnable work) {
        Queue queue = queue(stream);
        if (isLate()) {
            queue.pending.add(work);
        } else {
            work.run();
        }
    }

    Driver.Event record(Driver.Stream stream) {
        Mark mark = new Mark(queue(stream));
        add(stream, () -> mark.reached = true);
        return mark;
    }

    void await(Driver.Stream stream, Driver.Event event) {
        Mark mark = mark(event);
        add(stream, () -> {
            while (!mark.reached) {
                mark.queue.pending.remove().run();
            }
        });
    }

    /** The host waits: the event's stream is worked off until there. */
    void await(Driver.Event event) {
        Mark mark = mark(event);
        work(() -> {
            while (!mark.reached) {
                mark.queue.pending.remove().run();
            }
        });
    }

    private Mark mark(Driver.Event event) {
        if (event instanceof Mark mark && all.contains(mark.queue)) {
            return mark;
        }
        throw new CudaException("await: an event of another driver");
    }

    /** Works a stream off. */
    void finish(Driver.Stream stream) {
        Queue queue = queue(stream);
        work(() -> {
            while (!queue.pending.isEmpty()) {
                queue.pending.remove().run();
            }
        });
    }

    private void work(Runnable pending) {
        try {
            pending.run();
        } catch (RuntimeException e) {
            // As on a GPU, nothing that was queued behind a failure happens.
            all.forEach(q -> q.pending.clear());
            throw e;
        }
    }

    void finishAll() {
        for (int i : new Permutation(all.size(), seed).next()) {
            Queue queue = all.get(i);
            finish(queue == main ? Driver.Stream.MAIN : queue);
        }
    }
}
