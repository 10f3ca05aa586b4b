package attmask.cuda;

import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * A driver for finding faults: it waits after every piece of work. A GPU reports what went wrong at some later call;
 * here the failure names the kernel, product or copy that made it. Slow, since nothing is queued any more.
 */
public final class SynchronousDriver implements Driver {
    private final Driver driver;

    /** Takes over the driver: {@link #close} closes it. */
    public SynchronousDriver(Driver driver) {
        this.driver = driver;
    }

    private void finish(Supplier<String> work) {
        try {
            driver.synchronize();
        } catch (CudaException e) {
            throw new CudaException(work.get() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void launch(Stream stream, Kernel kernel, LaunchConfig config, Args args) {
        driver.launch(stream, kernel, config, args);
        finish(() -> kernel.name() + config + args);
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
        driver.gemm(stream, type, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        finish(() -> String.format(
                "gemm %s, m %d, n %d, k %d, A 0x%x (%d), B 0x%x (%d), C 0x%x (%d)",
                type, m, n, k, a, lda, b, ldb, c, ldc));
    }

    @Override
    public void upload(Stream stream, long to, ByteBuffer from) {
        int bytes = from.remaining();
        driver.upload(stream, to, from);
        finish(() -> moved("upload", bytes, to));
    }

    @Override
    public void upload(Stream stream, long to, HostBytes from, int bytes) {
        driver.upload(stream, to, from, bytes);
        finish(() -> moved("upload", bytes, to));
    }

    @Override
    public HostBytes hostBytes(int bytes) {
        return driver.hostBytes(bytes);
    }

    @Override
    public void download(Stream stream, ByteBuffer to, long from) {
        driver.download(stream, to, from); // which waits by itself
    }

    @Override
    public void copy(Stream stream, long to, long from, long bytes) {
        driver.copy(stream, to, from, bytes);
        finish(() -> moved("copy", bytes, to));
    }

    @Override
    public void fill(Stream stream, long to, byte value, long bytes) {
        driver.fill(stream, to, value, bytes);
        finish(() -> moved("fill", bytes, to));
    }

    @Override
    public void launch(Stream stream, Graph graph) {
        driver.launch(stream, graph);
        finish(() -> "launch of " + graph);
    }

    private static String moved(String what, long bytes, long to) {
        return what + " of " + bytes + " bytes to 0x" + Long.toHexString(to);
    }

    @Override
    public DeviceProperties device() {
        return driver.device();
    }

    @Override
    public long freeBytes() {
        return driver.freeBytes();
    }

    @Override
    public long allocate(long bytes) {
        return driver.allocate(bytes);
    }

    @Override
    public void free(long address) {
        driver.free(address);
    }

    @Override
    public Module load(String name, String ptx) {
        return driver.load(name, ptx);
    }

    @Override
    public Kernel kernel(Module module, String name) {
        return driver.kernel(module, name);
    }

    @Override
    public Stream stream() {
        return driver.stream();
    }

    @Override
    public Event record(Stream stream) {
        return driver.record(stream);
    }

    @Override
    public void await(Stream stream, Event event) {
        driver.await(stream, event);
    }

    @Override
    public void await(Event event) {
        driver.await(event);
    }

    /** Fails: what waits for each piece of work cannot be kept as a whole. */
    @Override
    public void beginCapture(Stream stream) {
        throw new CudaException("a driver that waits after every piece of work captures no graphs");
    }

    @Override
    public Graph endCapture(Stream stream) {
        return driver.endCapture(stream);
    }

    @Override
    public void synchronize() {
        driver.synchronize();
    }

    @Override
    public void close() {
        driver.close();
    }
}
