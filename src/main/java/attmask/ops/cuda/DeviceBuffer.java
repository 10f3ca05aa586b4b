package attmask.ops.cuda;

import attmask.cuda.Driver;

/** Device memory that grows when more is asked for, and is otherwise kept from call to call. */
final class DeviceBuffer implements AutoCloseable {
    private final Driver driver;
    private long address;
    private long bytes;

    DeviceBuffer(Driver driver) {
        this.driver = driver;
    }

    /** Address of at least so many bytes, on a multiple of 256; when it grows, what it held is lost. */
    long ofAtLeast(long needed) {
        if (needed > bytes) {
            driver.synchronize();
            close();
            address = driver.allocate(needed);
            bytes = needed;
        }
        return address;
    }

    @Override
    public void close() {
        if (address != 0) {
            driver.free(address);
            address = 0;
            bytes = 0;
        }
    }
}
