package attmask.cuda.jcuda;

import jcuda.driver.CUdeviceptr;

/**
 * JCuda wants an object for each device address. The addresses of a training step are the same in every step, so the
 * objects are kept, and a step makes none.
 */
final class DevicePointers {
    private static final int BITS = 12;

    private final At[] kept = new At[1 << BITS];

    CUdeviceptr at(long address) {
        // Fibonacci hashing: the upper bits of a product with 2^64 divided by the golden ratio.
        int slot = (int) (address * 0x9e3779b97f4a7c15L >>> (Long.SIZE - BITS));
        At pointer = kept[slot];
        if (pointer == null || pointer.address != address) {
            pointer = new At(At.NULL, address);
            kept[slot] = pointer;
        }
        return pointer;
    }

    /** The address that an object of the driver's stands for. */
    static long address(CUdeviceptr pointer) {
        return new At(pointer, 0).address;
    }

    private static final class At extends CUdeviceptr {
        private static final CUdeviceptr NULL = new CUdeviceptr();

        private final long address;

        At(CUdeviceptr base, long offset) {
            super(base, offset);
            address = getNativePointer() + getByteOffset(); // which JCuda hides from others
        }
    }
}
