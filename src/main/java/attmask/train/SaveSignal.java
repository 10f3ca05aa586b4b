package attmask.train;

import java.util.concurrent.atomic.AtomicBoolean;

/** SIGUSR1: the trainer is asked to write a checkpoint after its step, and to go on. */
final class SaveSignal implements AutoCloseable {
    private final AtomicBoolean requested = new AtomicBoolean();
    private final ProcessSignal signal = ProcessSignal.on("USR1", () -> requested.set(true));

    /** True once for each time it was asked. */
    boolean taken() {
        return requested.getAndSet(false);
    }

    @Override
    public void close() {
        signal.close();
    }
}
