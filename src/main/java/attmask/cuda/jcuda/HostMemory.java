package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;

/** Page-locked memory: the device copies from and to it while the program goes on, and its address is known. */
final class HostMemory implements AutoCloseable {
    private final Address start = new Address();
    private final ByteBuffer buffer;

    HostMemory(int bytes) {
        Status.check(cuMemAllocHost(start, bytes), "cuMemAllocHost of " + bytes + " bytes");
        buffer = start.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    ByteBuffer buffer() {
        return buffer;
    }

    long address() {
        return start.value();
    }

    /** A pointer into it. */
    Pointer at(int offset) {
        return new Address(start.value() + offset);
    }

    @Override
    public void close() {
        cuMemFreeHost(start);
    }

    /** JCuda hides the number; a subclass sees it. */
    private static final class Address extends Pointer {
        Address() {}

        Address(long value) {
            super(value);
        }

        long value() {
            return getNativePointer();
        }
    }
}
