package attmask.train;

import java.util.concurrent.CountDownLatch;

/**
 * SIGINT, SIGTERM and SIGHUP: the trainer is asked to stop after its step and to write a checkpoint; the process ends
 * once that is done, with the signal's exit code. A SIGINT after that ends it at once.
 */
final class StopSignal implements AutoCloseable {
    /** As shells count: 128 and the signal's number. */
    private static final int INTERRUPTED = 130;

    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook = new Thread(this::onShutdown, "stop-signal");
    private volatile boolean requested;

    StopSignal() {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal came between two runs: the process is ending already.
            requested = true;
        }
    }

    private void onShutdown() {
        requested = true;
        try (ProcessSignal again =
                ProcessSignal.on("INT", () -> Runtime.getRuntime().halt(INTERRUPTED))) {
            finished.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean requested() {
        return requested;
    }

    /** The trainer has saved what it must. */
    @Override
    public void close() {
        finished.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The shutdown began this moment; the hook finds the latch open.
            }
        }
    }
}
