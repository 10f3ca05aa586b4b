package attmask.dashboard;

import attmask.config.UserException;
import attmask.train.ProgressView;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves the report of a run while it trains, on the loopback address only. The training thread does no more than leave
 * a note of where it is; reading the run's folder, making the page and writing to clients happen on threads of the
 * server's own, so that a client, however slow, holds up nobody.
 */
public final class Dashboard implements ProgressView {
    /** Threads: one for each follower, and some for pages. */
    private static final int THREADS = Followers.MOST + 4;

    private static final int BACKLOG = 16;
    /** How long the end of the run waits until followers have fetched the last page. */
    private static final long LAST_PAGE_MILLIS = 2000;

    private final HttpServer server;
    private final Followers followers = new Followers();
    private final ThreadPoolExecutor threads;
    private Position place = Position.START;
    private boolean closed;

    private Dashboard(HttpServer server) {
        this.server = server;
        threads = new ThreadPoolExecutor(
                THREADS, THREADS, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Dashboard::thread);
        threads.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "dashboard");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        return thread;
    }

    /**
     * Takes the port; nothing is answered until {@link #serve}.
     *
     * @param port 0 for any free one
     * @throws UserException if it is taken or not allowed
     */
    public static Dashboard bind(int port) {
        try {
            return new Dashboard(
                    HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG));
        } catch (IOException | IllegalArgumentException e) {
            throw new UserException(
                    "cannot serve the dashboard on port " + port + " (" + e.getMessage()
                            + "); choose another --dashboard PORT, or 0 for any free one",
                    e);
        }
    }

    /** Begins to serve the run in a folder. */
    public void serve(Path folder) {
        PageCache pages = new PageCache(folder);
        followers.follow(pages);
        server.createContext(
                "/", new Requests(pages, followers, server.getAddress().getPort()));
        server.setExecutor(threads);
        server.start();
    }

    /** Where a browser finds it. */
    public String address() {
        return "http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort() + "/";
    }

    @Override
    public void epoch(int epoch, int epochs, int first, int steps) {
        place = new Position(epoch, epochs, first, steps, Double.NaN, 0, 0);
        followers.at(place);
    }

    @Override
    public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
        followers.at(
                new Position(place.epoch(), place.epochs(), done, place.steps(), loss, imagesPerSecond, secondsLeft));
    }

    /** Notes are in the log. */
    @Override
    public void note(String line) {}

    /** Tells the followers that the run has ended, lets them fetch its last page, and stops. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        followers.end(LAST_PAGE_MILLIS);
        server.stop(0);
        threads.shutdownNow();
    }
}
