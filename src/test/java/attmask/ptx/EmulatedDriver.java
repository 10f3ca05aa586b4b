package attmask.ptx;

import attmask.cuda.Args;
import attmask.cuda.CudaException;
import attmask.cuda.DeviceProperties;
import attmask.cuda.Driver;
import attmask.cuda.GemmType;
import attmask.cuda.LaunchConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A GPU without one: executes the PTX of the jar on the CPU, under checks of memory, initialisation, races and barriers.
 * Whatever a kernel does wrong is a {@link CudaException} that names kernel, instruction, line, block and thread.
 */
public final class EmulatedDriver implements Driver {
    /** Of compute capability 8.0. */
    private static final int SHARED_LIMIT = 163 << 10;

    private static final long MEMORY = 2L << 30;

    private final GlobalMemory memory = new GlobalMemory();
    private final BlockOrder order = new BlockOrder();
    private final Adversary adversary;
    private final Streams streams;
    private final Capture capture = new Capture();
    private long patience = 200_000_000;
    private Consumer<LaunchReport> listener = report -> {};

    /** Loaded PTX: its kernels, decoded when first asked for. */
    private static final class LoadedModule implements Module {
        final String name;
        final PtxParser.Parsed parsed;
        final Map<String, Long> globals = new HashMap<>();
        final Map<String, LoadedKernel> kernels = new HashMap<>();

        LoadedModule(String name, PtxParser.Parsed parsed) {
            this.name = name;
            this.parsed = parsed;
        }
    }

    private record LoadedKernel(Program program) implements Kernel {
        @Override
        public String name() {
            return program.kernel.name;
        }
    }

    public EmulatedDriver() {
        this(Adversary.NONE);
    }

    public EmulatedDriver(Adversary adversary) {
        this.adversary = adversary;
        streams = new Streams(adversary.order());
    }

    /** How many instructions the warps of a block may take before it counts as hung. */
    public void patience(long warpInstructions) {
        patience = warpInstructions;
    }

    /** Hears of every launch that ran. */
    public void onLaunch(Consumer<LaunchReport> newListener) {
        listener = newListener;
    }

    /** The reports of what is launched from now on. */
    public List<LaunchReport> reports() {
        List<LaunchReport> reports = new ArrayList<>();
        listener = reports::add;
        return reports;
    }

    @Override
    public DeviceProperties device() {
        return new DeviceProperties("PTX executor", 8, 0, 108, MEMORY, SHARED_LIMIT);
    }

    @Override
    public long freeBytes() {
        return MEMORY - memory.bytes();
    }

    @Override
    public long allocate(long bytes) {
        capture.refuse("allocate");
        if (bytes <= 0 || bytes > freeBytes()) {
            throw new CudaException("allocate " + bytes + " bytes: " + freeBytes() + " are free");
        }
        return memory.allocate(bytes);
    }

    @Override
    public void free(long address) {
        capture.refuse("free");
        synchronize();
        memory.free(address);
    }

    @Override
    public void upload(Stream stream, long to, ByteBuffer from) {
        capture.refuse("upload");
        needsDirect(from);
        byte[] bytes = new byte[from.remaining()];
        from.get(from.position(), bytes);
        streams.add(stream, () -> {
            Allocation allocation = memory.find("upload", to, bytes.length);
            int at = (int) (to - allocation.base);
            System.arraycopy(bytes, 0, allocation.data, at, bytes.length);
            allocation.markWritten(at, bytes.length);
        });
    }

    @Override
    public void download(Stream stream, ByteBuffer to, long from) {
        capture.refuse("download");
        needsDirect(to);
        streams.finish(stream);
        int bytes = to.remaining();
        Allocation allocation = memory.find("download", from, bytes);
        int at = (int) (from - allocation.base);
        int unwritten = allocation.unwritten(at, bytes);
        if (unwritten >= 0) {
            throw new CudaException(
                    "download of uninitialised memory: " + memory.describe(allocation.base + unwritten));
        }
        to.put(to.position(), allocation.data, at, bytes);
    }

    @Override
    public void upload(Stream stream, long to, HostBytes from, int bytes) {
        capture.refuse("upload");
        HostMemory host = (HostMemory) from;
        streams.add(stream, () -> {
            Allocation allocation = memory.find("upload", to, bytes);
            int at = (int) (to - allocation.base);
            host.open().get(0, allocation.data, at, bytes);
            allocation.markWritten(at, bytes);
        });
    }

    @Override
    public HostBytes hostBytes(int bytes) {
        capture.refuse("hostBytes");
        return new HostMemory(ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()));
    }

    /** Read when the work is done, not when it is asked for. */
    private final class HostMemory implements HostBytes {
        private final ByteBuffer buffer;
        private boolean closed;

        HostMemory(ByteBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public ByteBuffer buffer() {
            return open();
        }

        ByteBuffer open() {
            if (closed) {
                throw new CudaException("host memory used after it was freed");
            }
            return buffer;
        }

        @Override
        public void close() {
            synchronize();
            closed = true;
        }
    }

    private static void needsDirect(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new CudaException("transfers need a direct buffer");
        }
    }

    @Override
    public void copy(Stream stream, long to, long from, long bytes) {
        queue(stream, () -> {
            Allocation source = memory.find("copy", from, bytes);
            Allocation target = memory.find("copy", to, bytes);
            int at = (int) (from - source.base);
            int there = (int) (to - target.base);
            System.arraycopy(source.data, at, target.data, there, (int) bytes);
            System.arraycopy(source.written, at, target.written, there, (int) bytes);
        });
    }

    @Override
    public void fill(Stream stream, long to, byte value, long bytes) {
        queue(stream, () -> {
            Allocation allocation = memory.find("fill", to, bytes);
            int at = (int) (to - allocation.base);
            Arrays.fill(allocation.data, at, at + (int) bytes, value);
            allocation.markWritten(at, (int) bytes);
        });
    }

    @Override
    public Module load(String name, String ptx) {
        capture.refuse("load");
        LoadedModule module = new LoadedModule(name, PtxParser.parse(name, ptx));
        for (Variable variable : module.parsed.globals()) {
            if (variable.space().equals("global") || variable.space().equals("const")) {
                long address = memory.allocate(Math.max(1, variable.bytes()));
                Allocation allocation = memory.find(address);
                System.arraycopy(variable.initial(), 0, allocation.data, 0, variable.bytes());
                allocation.markWritten(0, variable.bytes());
                module.globals.put(variable.name(), address);
            }
        }
        return module;
    }

    @Override
    public Kernel kernel(Module module, String name) {
        capture.refuse("kernel");
        LoadedModule loaded = (LoadedModule) module;
        return loaded.kernels.computeIfAbsent(name, n -> {
            PtxKernel kernel = loaded.parsed.kernels().get(n);
            if (kernel == null) {
                throw new CudaException("no kernel " + n + " in " + loaded.name + ".ptx");
            }
            return new LoadedKernel(Program.of(kernel, loaded.parsed.globals(), loaded.globals));
        });
    }

    @Override
    public void launch(Stream stream, Kernel kernel, LaunchConfig config, Args args) {
        Program program = ((LoadedKernel) kernel).program();
        Launch launch = new Launch(program, config, parameters(program.kernel, args), SHARED_LIMIT);
        queue(stream, () -> listener.accept(launch.run(memory, order, adversary, patience)));
    }

    /** A GPU takes what it gets; here number, place and size of the arguments must be the parameters'. */
    private static byte[] parameters(PtxKernel kernel, Args args) {
        if (args.count() != kernel.parameters.size()) {
            throw new CudaException(
                    kernel.name + " takes " + kernel.parameters.size() + " arguments, not " + args.count());
        }
        int i = 0;
        for (PtxKernel.Parameter parameter : kernel.parameters.values()) {
            if (args.offset(i) != parameter.offset() || args.size(i) != parameter.bytes()) {
                throw new CudaException(kernel.name + ": argument " + i + " has " + args.size(i)
                        + " bytes, its parameter has " + parameter.bytes());
            }
            i++;
        }
        byte[] values = new byte[kernel.parameterBytes()];
        args.values().get(0, values);
        return values;
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
        MatrixProduct product = new MatrixProduct(memory, type);
        queue(stream, () -> product.run(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc));
    }

    @Override
    public Stream stream() {
        capture.refuse("stream");
        return streams.create();
    }

    @Override
    public Event record(Stream stream) {
        capture.refuse("record");
        return streams.record(stream);
    }

    @Override
    public void await(Stream stream, Event event) {
        capture.refuse("await");
        streams.await(stream, event);
    }

    @Override
    public void await(Event event) {
        capture.refuse("await");
        streams.await(event);
    }

    @Override
    public void synchronize() {
        capture.refuse("synchronize");
        streams.finishAll();
    }

    /** Work that a graph can hold. */
    private void queue(Stream stream, Runnable work) {
        if (!capture.takes(stream, work)) {
            streams.add(stream, work);
        }
    }

    @Override
    public void beginCapture(Stream stream) {
        capture.begin(stream);
    }

    @Override
    public Graph endCapture(Stream stream) {
        return capture.end(stream);
    }

    @Override
    public void launch(Stream stream, Graph graph) {
        capture.refuse("launch of a graph");
        streams.add(stream, Capture.work(graph));
    }

    @Override
    public void close() {
        synchronize();
        memory.clear();
    }
}
