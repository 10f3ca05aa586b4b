package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamWaitEvent;

import attmask.cuda.Args;
import attmask.cuda.CudaException;
import attmask.cuda.DeviceProperties;
import attmask.cuda.Driver;
import attmask.cuda.GemmType;
import attmask.cuda.LaunchConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;

/**
 * Drives a GPU: NVIDIA's driver and cuBLAS through JCuda, in the device's primary context. Work is queued and goes on
 * while the program does; {@link CudaMachine#open} makes one.
 */
public final class JCudaDriver implements Driver {
    private final CUdevice handle;
    private final CUcontext context;
    private final DeviceProperties device;
    private final DevicePointers pointers = new DevicePointers();
    private final List<Queue> queues = new ArrayList<>();
    private final Queue main;
    private final LaunchParameters parameters;
    private final Transfers transfers;
    private final Events events = new Events();
    private final Graphs graphs = new Graphs();
    private final Modules modules;
    private Thread current;
    private Kernel lastKernel;
    private LaunchConfig lastConfig;
    private boolean closed;

    private JCudaDriver(CUdevice handle, CUcontext context) {
        this.handle = handle;
        this.context = context;
        device = DriverLibrary.properties(handle);
        enter();
        modules = new Modules(device.sharedBytesPerBlock());
        main = new Queue();
        main.cublas(); // whether it works is to be known before anything is trained
        parameters = new LaunchParameters();
        transfers = new Transfers(pointers);
    }

    /** Work on the device needs its primary context, which cuBLAS uses too. */
    static JCudaDriver open(CUdevice handle) {
        CUcontext context = new CUcontext();
        Status.check(cuDevicePrimaryCtxRetain(context, handle), "cuDevicePrimaryCtxRetain");
        try {
            return new JCudaDriver(handle, context);
        } catch (CudaException e) {
            cuDevicePrimaryCtxRelease(handle); // and all that was made in it
            throw e;
        }
    }

    /** A context is current for a thread; which one calls may change. */
    private void enter() {
        if (current != Thread.currentThread()) {
            Status.check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
            current = Thread.currentThread();
        }
    }

    /** The same for what no graph takes. */
    private void enter(String what) {
        graphs.refuse(what);
        enter();
    }

    @Override
    public DeviceProperties device() {
        return device;
    }

    @Override
    public long freeBytes() {
        enter();
        long[] free = new long[1];
        Status.check(cuMemGetInfo(free, new long[1]), "cuMemGetInfo");
        return free[0];
    }

    @Override
    public long allocate(long bytes) {
        enter("allocate");
        CUdeviceptr pointer = new CUdeviceptr();
        int answer = cuMemAlloc(pointer, Math.max(bytes, 1));
        if (answer != CUresult.CUDA_SUCCESS) {
            throw new CudaException(
                    "cuMemAlloc of " + bytes + " bytes, " + freeBytes() + " are free: " + Status.text(answer));
        }
        return DevicePointers.address(pointer);
    }

    @Override
    public void free(long address) {
        synchronize(); // nothing that is queued may still use it
        Status.check(cuMemFree(pointers.at(address)), "cuMemFree of 0x" + Long.toHexString(address));
    }

    @Override
    public void upload(Stream stream, long to, ByteBuffer from) {
        enter("upload");
        transfers.upload(queue(stream).stream, to, from);
    }

    @Override
    public void upload(Stream stream, long to, HostBytes from, int bytes) {
        enter("upload");
        transfers.upload(queue(stream).stream, to, ((PageLocked) from).memory, bytes);
    }

    @Override
    public HostBytes hostBytes(int bytes) {
        enter("hostBytes");
        return new PageLocked(new HostMemory(bytes));
    }

    @Override
    public void download(Stream stream, ByteBuffer to, long from) {
        enter("download");
        transfers.download(queue(stream).stream, to, from);
    }

    @Override
    public void copy(Stream stream, long to, long from, long bytes) {
        enter();
        int answer = cuMemcpyDtoDAsync(pointers.at(to), pointers.at(from), bytes, queue(stream).stream);
        Status.check(answer, "cuMemcpyDtoDAsync", bytes, to);
    }

    @Override
    public void fill(Stream stream, long to, byte value, long bytes) {
        enter();
        int answer = cuMemsetD8Async(pointers.at(to), value, bytes, queue(stream).stream);
        Status.check(answer, "cuMemsetD8Async", bytes, to);
    }

    @Override
    public Module load(String name, String ptx) {
        enter("load");
        return modules.load(name, ptx);
    }

    @Override
    public Kernel kernel(Module module, String name) {
        enter("kernel");
        return modules.kernel(module, name);
    }

    @Override
    public void launch(Stream stream, Kernel kernel, LaunchConfig config, Args args) {
        enter();
        int answer = cuLaunchKernel(
                ((Launchable) kernel).function(),
                config.gridX(),
                config.gridY(),
                config.gridZ(),
                config.blockX(),
                config.blockY(),
                1,
                config.sharedBytes(),
                queue(stream).stream,
                parameters.of(args),
                null);
        if (answer != CUresult.CUDA_SUCCESS) {
            throw new CudaException("cuLaunchKernel of " + kernel.name() + config + args + ": " + Status.text(answer));
        }
        lastKernel = kernel;
        lastConfig = config;
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
        enter();
        queue(stream).cublas().gemm(type, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    @Override
    public Stream stream() {
        enter("stream");
        return new Queue();
    }

    @Override
    public Event record(Stream stream) {
        enter("record");
        return events.record(queue(stream).stream);
    }

    @Override
    public void await(Stream stream, Event event) {
        enter("await");
        Status.check(cuStreamWaitEvent(queue(stream).stream, ((Events.Mark) event).event, 0), "cuStreamWaitEvent");
    }

    @Override
    public void await(Event event) {
        enter("await");
        Status.check(cuEventSynchronize(((Events.Mark) event).event), "cuEventSynchronize");
    }

    @Override
    public void beginCapture(Stream stream) {
        enter();
        queue(stream).cublas(); // made now: it allocates
        graphs.begin(queue(stream).stream);
    }

    @Override
    public Graph endCapture(Stream stream) {
        enter();
        return graphs.end(queue(stream).stream);
    }

    @Override
    public void launch(Stream stream, Graph graph) {
        enter();
        graphs.launch(queue(stream).stream, graph);
        lastKernel = null;
    }

    @Override
    public void synchronize() {
        enter("synchronize");
        int answer = cuCtxSynchronize();
        if (answer != CUresult.CUDA_SUCCESS) {
            String last = lastKernel == null ? "" : ", the last launch was " + lastKernel.name() + lastConfig;
            throw new CudaException("work on the device failed" + last + ": cuCtxSynchronize: " + Status.text(answer));
        }
    }

    private Queue queue(Stream stream) {
        return stream == Stream.MAIN ? main : (Queue) stream;
    }

    /** Answers are not looked at: what failed has been told, and the context takes the rest along. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        enter();
        cuCtxSynchronize();
        graphs.close();
        queues.forEach(Queue::close);
        events.close();
        transfers.close();
        parameters.close();
        modules.close();
        cuDevicePrimaryCtxRelease(handle);
    }

    /** What the program sees of page-locked memory. */
    private final class PageLocked implements HostBytes {
        private final HostMemory memory;

        PageLocked(HostMemory memory) {
            this.memory = memory;
        }

        @Override
        public ByteBuffer buffer() {
            return memory.buffer();
        }

        @Override
        public void close() {
            synchronize(); // nothing that is queued may still read it
            memory.close();
        }
    }

    /** A stream, and the cuBLAS that works in it once a product was asked for. */
    private final class Queue implements Stream {
        private final CUstream stream = new CUstream();
        private Cublas cublas;

        Queue() {
            // Without the blocking on the legacy stream, which nothing here uses and which no graph can capture.
            Status.check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
            queues.add(this);
        }

        Cublas cublas() {
            if (cublas == null) {
                cublas = new Cublas(stream, pointers);
            }
            return cublas;
        }

        void close() {
            if (cublas != null) {
                cublas.close();
            }
            cuStreamDestroy(stream);
        }
    }
}
