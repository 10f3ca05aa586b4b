package attmask.train;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * What a signal of the operating system does, until it is closed. The JDK has no other way than sun.misc.Signal (module
 * jdk.unsupported): by reflection, so that a Java without it runs all the same, and javac does not warn of the name.
 */
final class ProcessSignal implements AutoCloseable {
    /** Puts back what the signal did before; nothing if it was not taken. */
    private final Runnable restore;

    private ProcessSignal(Runnable restore) {
        this.restore = restore;
    }

    /** @param name such as USR1; one that the system does not know, or the JVM keeps for itself, is never sent */
    static ProcessSignal on(String name, Runnable action) {
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Method handle = type.getMethod("handle", type, handler);
            Object signal = type.getConstructor(String.class).newInstance(name);
            Object ours = Proxy.newProxyInstance(
                    ProcessSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    });
            Object before = handle.invoke(null, signal, ours);
            return new ProcessSignal(() -> {
                try {
                    handle.invoke(null, signal, before);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("signal " + name + " cannot be given back", e);
                }
            });
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                return new ProcessSignal(() -> {});
            }
            throw new IllegalStateException("signal " + name, e);
        } catch (ReflectiveOperationException e) {
            return new ProcessSignal(() -> {});
        }
    }

    @Override
    public void close() {
        restore.run();
    }
}
