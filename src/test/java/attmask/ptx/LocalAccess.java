package attmask.ptx;

/** A load from or a store to a thread's own memory. */
final class LocalAccess extends Instruction {
    private final Addresses.Address address;
    private final Values values;
    private final boolean load;
    private final int size;
    private final long window;

    LocalAccess(Addresses.Address address, Values values, boolean load, int size, long window) {
        this.address = address;
        this.values = values;
        this.load = load;
        this.size = size;
        this.window = window;
    }

    @Override
    void execute(Warp warp, int mask) {
        int total = values.total();
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = first(k);
            long at = address.of(warp, lane) - window;
            if (at < 0 || at > size - total || (at & total - 1) != 0) {
                throw fault(
                        warp,
                        lane,
                        "access of " + total + " bytes at offset " + at + " of " + size + " of local memory");
            }
            warp.offsets[lane] = lane * size + (int) at;
        }
        warp.block.counters.localBytes += (long) Integer.bitCount(mask) * total;
        if (load) {
            values.load(warp, warp.local, mask);
        } else {
            values.store(warp, warp.local, mask);
        }
    }
}
