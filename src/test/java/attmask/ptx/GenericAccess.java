package attmask.ptx;

/** A load or store whose address alone tells the memory. */
final class GenericAccess extends Instruction {
    private static final long WINDOW = 0x0100_0000L;

    private final Addresses.Address address;
    private final GlobalAccess global;
    private final SharedAccess shared;
    private final LocalAccess local;

    GenericAccess(Addresses.Address address, GlobalAccess global, SharedAccess shared, LocalAccess local) {
        this.address = address;
        this.global = global;
        this.shared = shared;
        this.local = local;
    }

    @Override
    void execute(Warp warp, int mask) {
        int inShared = 0;
        int inLocal = 0;
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = first(k);
            long at = address.of(warp, lane);
            inShared |= inWindow(at, GlobalMemory.SHARED_WINDOW) ? 1 << lane : 0;
            inLocal |= inWindow(at, GlobalMemory.LOCAL_WINDOW) ? 1 << lane : 0;
        }
        run(shared, warp, inShared);
        run(local, warp, inLocal);
        run(global, warp, mask & ~inShared & ~inLocal);
    }

    private static boolean inWindow(long at, long window) {
        return at >= window && at < window + WINDOW;
    }

    private void run(Instruction access, Warp warp, int mask) {
        if (mask != 0) {
            access.statement = statement;
            access.execute(warp, mask);
        }
    }
}
