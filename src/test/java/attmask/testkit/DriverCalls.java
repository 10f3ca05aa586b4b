package attmask.testkit;

import attmask.cuda.CudaException;
import attmask.cuda.DeviceProperties;
import attmask.cuda.Driver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Counts what a driver is asked to do: what a program of the host costs, apart from the kernels. */
public final class DriverCalls {
    private static final Set<String> WORK = Set.of("launch", "gemm", "copy", "fill");

    private final Driver driver;
    private boolean capturing;
    private int single;
    private int graphs;
    private int captures;
    private int closed;

    private DriverCalls(Driver counted) {
        driver = proxy((call, arguments) -> count(call, arguments, counted));
    }

    public static DriverCalls of(Driver counted) {
        return new DriverCalls(counted);
    }

    /** Of a device that does nothing: all that is read from it is zero. */
    public static DriverCalls ofNothing() {
        return of(nothing(""));
    }

    /** A device that does nothing and refuses calls of this name. */
    public static Driver nothing(String refused) {
        long[] end = {256};
        return proxy((call, arguments) -> {
            if (call.name().equals(refused)) {
                throw new CudaException(refused + " refused");
            }
            return switch (call.name()) {
                case "device" -> new DeviceProperties("nothing", 9, 0, 132, 1L << 40, 227 << 10);
                case "freeBytes" -> 1L << 40;
                case "allocate" -> {
                    long address = end[0];
                    end[0] += ((Long) arguments[0] + 255) / 256 * 256;
                    yield address;
                }
                case "download" -> {
                    ByteBuffer to = (ByteBuffer) arguments[1];
                    to.put(to.position(), new byte[to.remaining()]);
                    yield null;
                }
                case "load" -> new Driver.Module() {};
                case "kernel" -> new Named((String) arguments[1]);
                case "endCapture" -> (Driver.Graph) () -> {};
                default -> null;
            };
        });
    }

    /** A device that refuses all calls from the moment on that it is lost. */
    public static Driver losing(Driver driver, BooleanSupplier lost) {
        return proxy((call, arguments) -> {
            if (lost.getAsBoolean()) {
                throw new CudaException(call.name() + ": the device is lost (999)");
            }
            return call.on(driver);
        });
    }

    private record Named(String name) implements Driver.Kernel {}

    private interface Call {
        String name();

        Object on(Driver driver) throws Throwable;
    }

    private interface Handler {
        Object handle(Call call, Object[] arguments) throws Throwable;
    }

    private static Driver proxy(Handler handler) {
        return (Driver) Proxy.newProxyInstance(
                Driver.class.getClassLoader(),
                new Class<?>[] {Driver.class},
                (proxy, method, arguments) -> handler.handle(
                        new Call() {
                            @Override
                            public String name() {
                                return method.getName();
                            }

                            @Override
                            public Object on(Driver driver) throws Throwable {
                                try {
                                    return method.invoke(driver, arguments);
                                } catch (InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            }
                        },
                        arguments));
    }

    private final class CountedGraph implements Driver.Graph {
        private final Driver.Graph graph;

        CountedGraph(Driver.Graph graph) {
            this.graph = graph;
        }

        @Override
        public void close() {
            closed++;
            graph.close();
        }
    }

    private Object count(Call call, Object[] arguments, Driver counted) throws Throwable {
        if (call.name().equals("launch") && arguments[1] instanceof CountedGraph graph) {
            graphs++;
            counted.launch((Driver.Stream) arguments[0], graph.graph);
            return null;
        }
        if (WORK.contains(call.name()) && !capturing) {
            single++;
        }
        Object result = call.on(counted);
        if (call.name().equals("beginCapture")) {
            capturing = true;
            captures++;
        }
        if (result instanceof Driver.Graph graph) {
            capturing = false;
            return new CountedGraph(graph);
        }
        return result;
    }

    /** The driver that counts. */
    public Driver driver() {
        return driver;
    }

    /** Kernels, products, copies and fills that were queued one by one. */
    public int single() {
        return single;
    }

    /** Graphs that were queued. */
    public int graphs() {
        return graphs;
    }

    /** Graphs that were made. */
    public int captures() {
        return captures;
    }

    /** Graphs that were given back. */
    public int closed() {
        return closed;
    }

    public void reset() {
        single = 0;
        graphs = 0;
        captures = 0;
        closed = 0;
    }
}
