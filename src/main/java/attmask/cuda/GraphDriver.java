package attmask.cuda;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A driver that turns repeated work into CUDA graphs: one launch in place of many.
 *
 * <p>The host's program runs every time. What it asks for in a {@link #segment} is held back to the segment's end and
 * looked up there by value: kernels, grids, every argument. Work that was asked for before, exactly so, is launched as
 * the graph that was made of it; all other work is queued call by call. So a graph never does what was not asked for:
 * nothing has to be told when sizes, addresses or numbers change. What no graph can hold (transfers to and from the host,
 * allocation, events) first sends off what is held back.
 */
public final class GraphDriver implements Driver {
    /** Calls that are worth a graph, whose launch costs the host as much as about two of them. */
    private static final int FEWEST = 4;

    /** Pieces of work that are remembered: several times those of the deepest networks. */
    static final int MOST = 1024;

    private final Driver driver;
    private final Args args = new Args();
    private final List<Call> held = new ArrayList<>();
    private final Map<List<Call>, Known> known = new Recent();
    private boolean holding;

    /** Takes over the driver: {@link #close} closes it. */
    public GraphDriver(Driver driver) {
        this.driver = driver;
    }

    /** Work that was asked for before; it becomes a graph the second time, as most is asked for once or always. */
    private static final class Known implements AutoCloseable {
        Graph graph;

        @Override
        public void close() {
            if (graph != null) {
                graph.close();
            }
        }
    }

    /** Forgets what was not asked for the longest. */
    private static final class Recent extends LinkedHashMap<List<Call>, Known> {
        private static final long serialVersionUID = 1;

        Recent() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Call>, Known> eldest) {
            if (size() <= MOST) {
                return false;
            }
            eldest.getValue().close();
            return true;
        }
    }

    /** Runs work that may be asked for again, call by call the same. A segment in another is a part of it. */
    public void segment(Runnable work) {
        if (holding) {
            work.run();
            return;
        }
        holding = true;
        try {
            work.run();
        } finally {
            holding = false;
            send();
        }
    }

    /** Queues what is held back. */
    private void send() {
        try {
            Known work = held.size() < FEWEST ? null : known.get(held);
            if (work != null) {
                if (work.graph == null) {
                    work.graph = capture();
                }
                driver.launch(Stream.MAIN, work.graph);
                return;
            }
            held.forEach(call -> call.issue(driver, args));
            if (held.size() >= FEWEST) {
                known.put(List.copyOf(held), new Known());
            }
        } finally {
            held.clear();
        }
    }

    private Graph capture() {
        try {
            driver.beginCapture(Stream.MAIN);
            try {
                held.forEach(call -> call.issue(driver, args));
            } catch (CudaException e) {
                abandonCapture(e);
                throw e;
            }
            return driver.endCapture(Stream.MAIN);
        } catch (CudaException e) {
            throw new CudaException(
                    "no CUDA graph of " + held.size() + " calls: " + e.getMessage() + "; --cuda-graph off does without",
                    e);
        }
    }

    /** After a failure the stream must leave the capture all the same. */
    private void abandonCapture(CudaException why) {
        try {
            driver.endCapture(Stream.MAIN).close();
        } catch (CudaException e) {
            why.addSuppressed(e);
        }
    }

    /** The driver for what no graph holds. */
    private Driver now() {
        send();
        return driver;
    }

    private boolean holds(Stream stream) {
        return holding && stream == Stream.MAIN;
    }

    @Override
    public void launch(Stream stream, Kernel kernel, LaunchConfig config, Args arguments) {
        if (holds(stream)) {
            held.add(new Call.Launch(kernel, config, arguments.copy()));
        } else {
            now().launch(stream, kernel, config, arguments);
        }
    }

    @Override
    public void gemm(
            Stream stream,
            GemmType type,
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            long a,
            int lda,
            long b,
            int ldb,
            float beta,
            long c,
            int ldc) {
        if (holds(stream)) {
            held.add(new Call.Gemm(type, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc));
        } else {
            now().gemm(stream, type, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        }
    }

    @Override
    public void copy(Stream stream, long to, long from, long bytes) {
        if (holds(stream)) {
            held.add(new Call.Copy(to, from, bytes));
        } else {
            now().copy(stream, to, from, bytes);
        }
    }

    @Override
    public void fill(Stream stream, long to, byte value, long bytes) {
        if (holds(stream)) {
            held.add(new Call.Fill(to, value, bytes));
        } else {
            now().fill(stream, to, value, bytes);
        }
    }

    @Override
    public DeviceProperties device() {
        return driver.device();
    }

    @Override
    public long freeBytes() {
        return now().freeBytes();
    }

    @Override
    public long allocate(long bytes) {
        return now().allocate(bytes);
    }

    @Override
    public void free(long address) {
        now().free(address);
    }

    @Override
    public void upload(Stream stream, long to, ByteBuffer from) {
        now().upload(stream, to, from);
    }

    @Override
    public void upload(Stream stream, long to, HostBytes from, int bytes) {
        now().upload(stream, to, from, bytes);
    }

    @Override
    public HostBytes hostBytes(int bytes) {
        return now().hostBytes(bytes);
    }

    @Override
    public void download(Stream stream, ByteBuffer to, long from) {
        now().download(stream, to, from);
    }

    @Override
    public Module load(String name, String ptx) {
        return now().load(name, ptx);
    }

    @Override
    public Kernel kernel(Module module, String name) {
        return now().kernel(module, name);
    }

    @Override
    public Stream stream() {
        return now().stream();
    }

    @Override
    public Event record(Stream stream) {
        return now().record(stream);
    }

    @Override
    public void await(Stream stream, Event event) {
        now().await(stream, event);
    }

    @Override
    public void await(Event event) {
        now().await(event);
    }

    @Override
    public void beginCapture(Stream stream) {
        now().beginCapture(stream);
    }

    @Override
    public Graph endCapture(Stream stream) {
        return now().endCapture(stream);
    }

    @Override
    public void launch(Stream stream, Graph graph) {
        now().launch(stream, graph);
    }

    @Override
    public void synchronize() {
        now().synchronize();
    }

    /** The graphs go with the driver. */
    @Override
    public void close() {
        known.clear();
        driver.close();
    }
}
