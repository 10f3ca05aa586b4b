package attmask.train;

import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * What a signal of the operating system does, until it is closed. The JDK has no other way than sun.misc.Signal, which
 * is exported (module jdk.unsupported) and used here only.
 */
@SuppressWarnings("sunapi")
final class ProcessSignal implements AutoCloseable {
    private final Signal signal;
    private final SignalHandler before;

    private ProcessSignal(Signal signal, SignalHandler before) {
        this.signal = signal;
        this.before = before;
    }

    /** @param name such as USR1; one that the system does not know, or the JVM keeps for itself, is never sent */
    static ProcessSignal on(String name, Runnable action) {
        try {
            Signal signal = new Signal(name);
            return new ProcessSignal(signal, Signal.handle(signal, sent -> action.run()));
        } catch (IllegalArgumentException e) {
            return new ProcessSignal(null, null);
        }
    }

    @Override
    public void close() {
        if (signal != null) {
            Signal.handle(signal, before);
        }
    }
}
