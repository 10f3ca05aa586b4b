package attmask.dashboard;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that are told where the run is, by server-sent events: one a second to each, on the client's own thread.
 * Whoever trains only replaces one reference.
 */
final class Followers {
    /** Clients at a time. */
    static final int MOST = 16;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MILLIS_BETWEEN_EVENTS = 1000;

    private final Semaphore places = new Semaphore(MOST);
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile Position position = Position.START;
    private volatile boolean ended;
    private PageCache pages;

    /** What a client reads. */
    private record Event(String version, String text, double share) {}

    void follow(PageCache cache) {
        pages = cache;
    }

    /** Called by whoever trains. */
    void at(Position now) {
        position = now;
    }

    /** Takes a place for a client; false if there is none. */
    boolean enter() {
        return places.tryAcquire();
    }

    void leave() {
        places.release();
    }

    /** Writes events until the run ends or the client goes away, which shows as an exception. */
    void tell(OutputStream out) throws IOException, InterruptedException {
        while (!ended) {
            Position now = position;
            write(out, "step", new Event(pages.version(), now.text(), now.share()));
            synchronized (this) {
                if (!ended) {
                    wait(MILLIS_BETWEEN_EVENTS);
                }
            }
        }
        waiting.incrementAndGet();
        write(out, "end", new Event(pages.latestVersion(), "ended: " + pages.state(), 1));
    }

    private static void write(OutputStream out, String name, Event event) throws IOException {
        String text = "event: " + name + "\ndata: " + JSON.writeValueAsString(event) + "\n\n";
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** A page was sent; after the end, to someone who waited for it. */
    void pageSent() {
        if (ended) {
            waiting.decrementAndGet();
        }
    }

    /** Ends all streams, and waits a moment for the clients to fetch the last page. */
    void end(long millis) {
        int clients = MOST - places.availablePermits();
        synchronized (this) {
            ended = true;
            notifyAll();
        }
        long last = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            while (clients > 0 && System.nanoTime() < last && (places.availablePermits() < MOST || waiting.get() > 0)) {
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
