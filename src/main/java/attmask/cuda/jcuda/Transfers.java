package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/**
 * Copies between buffers and the device through two halves of page-locked memory in turn: while the device reads one,
 * the other is filled, and the caller's buffer is free again as soon as it has been read.
 */
final class Transfers implements AutoCloseable {
    private static final int HALF = 1 << 20;

    private final DevicePointers pointers;
    private final HostMemory memory = new HostMemory(2 * HALF);
    private final Pointer[] halves = {memory.at(0), memory.at(HALF)};
    private final CUevent[] done = {event(), event()};
    private int next;

    Transfers(DevicePointers pointers) {
        this.pointers = pointers;
    }

    private static CUevent event() {
        CUevent event = new CUevent();
        Status.check(cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
        return event;
    }

    /** Queues the copy of the buffer's remaining bytes. */
    void upload(CUstream stream, long to, ByteBuffer from) {
        for (int at = 0, bytes; at < from.remaining(); at += bytes) {
            bytes = Math.min(HALF, from.remaining() - at);
            int half = free();
            memory.buffer().put(half * HALF, from, from.position() + at, bytes);
            int answer = cuMemcpyHtoDAsync(pointers.at(to + at), halves[half], bytes, stream);
            Status.check(answer, "cuMemcpyHtoDAsync", bytes, to + at);
            Status.check(cuEventRecord(done[half], stream), "cuEventRecord");
        }
    }

    /** Queues the copy of page-locked memory, without a detour. */
    void upload(CUstream stream, long to, HostMemory from, int bytes) {
        int answer = cuMemcpyHtoDAsync(pointers.at(to), from.at(0), bytes, stream);
        Status.check(answer, "cuMemcpyHtoDAsync", bytes, to);
    }

    /** Fills the buffer's remaining bytes, after what the stream has to do before. */
    void download(CUstream stream, ByteBuffer to, long from) {
        for (int at = 0, bytes; at < to.remaining(); at += bytes) {
            bytes = Math.min(HALF, to.remaining() - at);
            int half = free();
            int answer = cuMemcpyDtoHAsync(halves[half], pointers.at(from + at), bytes, stream);
            Status.check(answer, "cuMemcpyDtoHAsync", bytes, from + at);
            Status.check(cuStreamSynchronize(stream), "cuStreamSynchronize");
            to.put(to.position() + at, memory.buffer(), half * HALF, bytes);
        }
    }

    /** The half whose copy began first, once that is done. */
    private int free() {
        int half = next;
        next = 1 - next;
        Status.check(cuEventSynchronize(done[half]), "cuEventSynchronize before a copy");
        return half;
    }

    @Override
    public void close() {
        for (CUevent event : done) {
            cuEventDestroy(event);
        }
        memory.close();
    }
}
