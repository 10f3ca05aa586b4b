package attmask.ptx;

/** A load from or a store to shared memory, with its checks: bounds, alignment, unwritten bytes, races. */
final class SharedAccess extends Instruction {
    private final Addresses.Address address;
    private final Values values;
    private final boolean load;
    /** Where shared memory starts for this address: 0, or its generic window. */
    private final long window;

    private final int total;

    SharedAccess(Addresses.Address address, Values values, boolean load, long window) {
        this.address = address;
        this.values = values;
        this.load = load;
        this.window = window;
        total = values.total();
    }

    @Override
    void execute(Warp warp, int mask) {
        SharedMemory shared = warp.block.shared;
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = first(k);
            warp.offsets[lane] = offset(this, warp, lane, address.of(warp, lane) - window, total);
        }
        warp.block.counters.shared(warp.offsets, mask, total);
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = first(k);
            int at = warp.offsets[lane];
            if (load) {
                read(this, warp, lane, at, total);
            } else {
                write(this, warp, lane, at, total);
            }
        }
        if (load) {
            values.load(warp, shared.data, mask);
        } else {
            values.store(warp, shared.data, mask);
        }
    }

    /** Checks bounds and alignment. */
    static int offset(Instruction instruction, Warp warp, int lane, long at, int bytes) {
        int size = warp.block.shared.data.length;
        if (at < 0 || at > size - bytes) {
            throw instruction.fault(
                    warp, lane, "access of " + bytes + " bytes at offset " + at + " of " + size + " of shared memory");
        }
        if ((at & bytes - 1) != 0) {
            throw instruction.fault(
                    warp, lane, "misaligned access of " + bytes + " bytes at offset " + at + " of shared memory");
        }
        return (int) at;
    }

    /** Checks that the bytes hold something and that nobody else may be writing them. */
    static void read(Instruction instruction, Warp warp, int lane, int at, int bytes) {
        SharedMemory shared = warp.block.shared;
        long race = shared.read(at, bytes, warp.index * Warp.LANES + lane);
        if (race != 0) {
            throw race(instruction, warp, lane, "read", race, at);
        }
        if (!Bytes.all(shared.state, at, bytes)) {
            boolean pending = false;
            for (int i = at; i < at + bytes; i++) {
                pending |= shared.state[i] == SharedMemory.PENDING;
            }
            throw instruction.fault(
                    warp,
                    lane,
                    (pending
                                    ? "shared memory read before its cp.async was waited for"
                                    : "uninitialised shared memory read (nobody wrote it, or who will has not come yet: a barrier is missing)")
                            + " at offset " + at);
        }
    }

    static void write(Instruction instruction, Warp warp, int lane, int at, int bytes) {
        SharedMemory shared = warp.block.shared;
        long race = shared.write(at, bytes, warp.index * Warp.LANES + lane, false);
        if (race != 0) {
            throw race(instruction, warp, lane, "write", race, at);
        }
        Bytes.mark(shared.state, at, bytes);
    }

    static RuntimeException race(Instruction instruction, Warp warp, int lane, String what, long stamp, int at) {
        return instruction.fault(
                warp,
                lane,
                "race on shared memory: this " + what + " and an access by " + SharedMemory.name(stamp) + " at offset "
                        + at + " without a barrier between them");
    }
}
