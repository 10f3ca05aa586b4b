package attmask.ptx;

import attmask.cuda.CudaException;
import java.util.ArrayList;
import java.util.List;

/**
 * Device memory. Every allocation lies alone in a window of 4 GiB and no window is used twice, so that a stray address
 * or one of freed memory never meets another allocation.
 */
final class GlobalMemory {
    /** Where an allocation starts in its window; there is room for strays below it. */
    private static final long ORIGIN = 0x2000_0000L;

    /** Generic addresses of shared and of local memory: the first window, in which nothing is allocated. */
    static final long SHARED_WINDOW = 0x0100_0000L;

    static final long LOCAL_WINDOW = 0x0200_0000L;

    /** By the upper half of its addresses; null for freed ones. */
    private final List<Allocation> windows = new ArrayList<>();

    private long bytes;

    GlobalMemory() {
        windows.add(null);
    }

    long bytes() {
        return bytes;
    }

    long allocate(long size) {
        long base = (long) windows.size() << 32 | ORIGIN;
        windows.add(new Allocation(base, Math.toIntExact(size)));
        bytes += size;
        return base;
    }

    void free(long address) {
        Allocation allocation = find(address);
        if (allocation == null || allocation.base != address) {
            throw new CudaException("free: " + describe(address) + ", not an allocation's start");
        }
        windows.set((int) (address >>> 32), null);
        bytes -= allocation.data.length;
    }

    /** The allocation in whose window an address lies, or null. */
    Allocation find(long address) {
        long window = address >>> 32;
        return window < windows.size() ? windows.get((int) window) : null;
    }

    /** The allocation that holds all of a span. */
    Allocation find(String what, long address, long size) {
        Allocation allocation = find(address);
        if (allocation == null
                || address < allocation.base
                || address + size > allocation.base + allocation.data.length) {
            throw new CudaException(what + " of " + size + " bytes: " + describe(address));
        }
        return allocation;
    }

    /** Frees everything. */
    void clear() {
        windows.replaceAll(allocation -> null);
        bytes = 0;
    }

    void forgetStamps() {
        windows.stream().filter(a -> a != null).forEach(Allocation::forgetStamps);
    }

    /** What lies at an address, for messages. */
    String describe(long address) {
        String hex = "0x" + Long.toHexString(address);
        Allocation allocation = find(address);
        if (allocation != null) {
            return "offset " + (address - allocation.base) + " of an allocation of " + allocation.data.length
                    + " bytes (" + hex + ")";
        }
        if (address == 0) {
            return "the null pointer";
        }
        long window = address >>> 32;
        return hex + (window > 0 && window < windows.size() ? ", in freed memory" : ", in no allocation");
    }
}
