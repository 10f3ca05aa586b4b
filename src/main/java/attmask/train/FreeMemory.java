package attmask.train;

/**
 * Bytes that can be taken now; {@link Long#MAX_VALUE} where nobody knows.
 *
 * @param device of a device with memory of its own
 * @param host of the machine, for the Java heap and all beside it
 * @param heap by which the Java heap may still fill
 */
public record FreeMemory(long device, long host, long heap) {
    /** Where the system finds out by itself. */
    public static final FreeMemory UNKNOWN = new FreeMemory(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    long at(MemoryUse.Place place) {
        return switch (place) {
            case DEVICE -> device;
            case HOST -> host;
            case HEAP -> heap;
        };
    }

    /** A share of it, 0 to 1. */
    FreeMemory share(double share) {
        return new FreeMemory(share(device, share), share(host, share), share(heap, share));
    }

    private static long share(long bytes, double share) {
        return bytes == Long.MAX_VALUE ? bytes : (long) (share * bytes);
    }
}
