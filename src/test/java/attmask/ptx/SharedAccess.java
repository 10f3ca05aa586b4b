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
        if (load) {
            readAll(warp, mask);
            values.load(warp, shared.data, mask);
        } else {
            for (int k = mask; k != 0; k &= k - 1) {
                int lane = first(k);
                write(this, warp, lane, warp.offsets[lane], total);
            }
            values.store(warp, shared.data, mask);
        }
    }

    /** Neighbouring lanes that read the same bytes are looked at together. */
    private void readAll(Warp warp, int mask) {
        int[] offsets = warp.offsets;
        int k = mask;
        while (k != 0) {
            int lane = first(k);
            int at = offsets[lane];
            int same = 0;
            while (k != 0 && offsets[first(k)] == at) {
                same |= k & -k;
                k &= k - 1;
            }
            boolean alone = (same & same - 1) == 0;
            if (alone || warp.block.shared.read(at, total, ThreadOrder.lanesOf(warp.index)) != 0) {
                for (int one = same; one != 0; one &= one - 1) {
                    read(this, warp, first(one), at, total);
                }
            } else if (!Bytes.all(warp.block.shared.state, at, total)) {
                throw unwritten(this, warp, lane, at, total);
            }
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
            throw unwritten(instruction, warp, lane, at, bytes);
        }
    }

    private static RuntimeException unwritten(Instruction instruction, Warp warp, int lane, int at, int bytes) {
        boolean pending = false;
        for (int i = at; i < at + bytes; i++) {
            pending |= warp.block.shared.state[i] == SharedMemory.PENDING;
        }
        String what = pending
                ? "shared memory read before its cp.async was waited for"
                : "uninitialised shared memory read (never written, or a barrier is missing)";
        return instruction.fault(warp, lane, what + " at offset " + at);
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
                "race on shared memory: this " + what + " and an access by " + ThreadOrder.name(stamp) + " at offset "
                        + at + " without a barrier between them");
    }
}
