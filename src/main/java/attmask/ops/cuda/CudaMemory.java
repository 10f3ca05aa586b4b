package attmask.ops.cuda;

import attmask.cuda.Driver;
import attmask.tensor.DType;
import attmask.tensor.Memory;
import attmask.tensor.Tensor;

/** Device memory, zeroed. A tensor's handle is its device address. */
final class CudaMemory implements Memory {
    private final Driver driver;
    private final long address;
    private final long bytes;

    CudaMemory(Driver driver, long bytes) {
        this.driver = driver;
        this.bytes = bytes;
        address = driver.allocate(bytes);
        driver.fill(Driver.Stream.MAIN, address, (byte) 0, bytes);
    }

    /** Where a tensor lies on the device. */
    static long address(Tensor tensor) {
        return (Long) tensor.handle();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public Object handle(long offset, long length, DType type) {
        if (type == DType.F64) {
            throw new IllegalArgumentException("the cuda backend has no F64 tensors");
        }
        return address + offset;
    }

    @Override
    public void close() {
        driver.free(address);
    }
}
