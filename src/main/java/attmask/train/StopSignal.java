package attmask.train;

import java.util.concurrent.CountDownLatch;

/**
 * SIGINT and SIGTERM: the trainer is asked to stop after its step and to write a checkpoint; the process ends once that
 * is done, with the signal's exit code.
 */
final class StopSignal implements AutoCloseable {
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
        try {
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
