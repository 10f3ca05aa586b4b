package attmask.cuda;

import java.nio.ByteBuffer;

/**
 * Where kernels run. {@code cuda.jcuda} drives a GPU; in the tests an emulator executes the very same PTX on the CPU.
 * Addresses are device addresses; 0 is none. Work of one stream runs in order; the default stream is {@link Stream#MAIN}.
 * One thread at a time may use a driver. Every failure is a {@link CudaException}.
 */
public interface Driver extends AutoCloseable {
    DeviceProperties device();

    /** Bytes of device memory that are free now. */
    long freeBytes();

    /** At least this much memory, on a multiple of 256; its content is undefined. */
    long allocate(long bytes);

    void free(long address);

    /** to ← the buffer's remaining bytes. The buffer is direct; it may be changed once this returns. */
    void upload(Stream stream, long to, ByteBuffer from);

    /**
     * to ← the first bytes of host memory, read when the stream comes to it: until then, which {@link #await(Event)}
     * tells, they must not change.
     */
    void upload(Stream stream, long to, HostBytes from, int bytes);

    /** Memory of the host that the device reads by itself; any thread may fill it. */
    HostBytes hostBytes(int bytes);

    /** The direct buffer's remaining bytes ← from, after all earlier work of the stream. */
    void download(Stream stream, ByteBuffer to, long from);

    void copy(Stream stream, long to, long from, long bytes);

    /** Every byte ← {@code value}. */
    void fill(Stream stream, long to, byte value, long bytes);

    /**
     * Loads PTX.
     *
     * @param name of the module, for messages
     */
    Module load(String name, String ptx);

    /** A kernel of a loaded module, allowed to ask for all the shared memory a block can have. */
    Kernel kernel(Module module, String name);

    /** Queues a launch. {@code args} may be reused once this returns. */
    void launch(Stream stream, Kernel kernel, LaunchConfig config, Args args);

    /**
     * C ← α · op(A) · op(B) + β · C as cuBLAS has it: column-major; op(A) is (m, k), op(B) (k, n), C (m, n); op
     * transposes where told so; lda, ldb, ldc are the strides of the columns as stored.
     */
    void gemm(
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
            int ldc);

    /** A new stream: its work may run beside that of others. */
    Stream stream();

    /** A mark after the work queued on a stream so far. */
    Event record(Stream stream);

    /** Later work of {@code stream} waits for the mark. */
    void await(Stream stream, Event event);

    /** The host waits for the mark. */
    void await(Event event);

    /**
     * From now on launches, products, copies on the device and fills of this stream do not happen but become a graph,
     * with the values that their arguments have now. Until {@link #endCapture} everything else fails.
     */
    void beginCapture(Stream stream);

    /** What was asked for since {@link #beginCapture}; fails if anything there has failed. */
    Graph endCapture(Stream stream);

    /** Queues all work of a graph. */
    void launch(Stream stream, Graph graph);

    /** Waits for all work, and reports what failed. */
    void synchronize();

    @Override
    void close();

    /** A queue of work; what lies behind it is the driver's own. */
    interface Stream {
        /** The one that is always there. */
        Stream MAIN = new Stream() {
            @Override
            public String toString() {
                return "main stream";
            }
        };
    }

    /** Page-locked memory of the host. */
    interface HostBytes extends AutoCloseable {
        /** All of it; its position and limit are the user's. */
        ByteBuffer buffer();

        /** Waits for all work. */
        @Override
        void close();
    }

    /** A mark in a stream. */
    interface Event {}

    /** Loaded PTX. */
    interface Module {}

    /** A function that can be launched. */
    interface Kernel {
        String name();
    }

    /** Work that is queued as a whole. */
    interface Graph extends AutoCloseable {
        /** Waits for all work. */
        @Override
        void close();
    }
}
