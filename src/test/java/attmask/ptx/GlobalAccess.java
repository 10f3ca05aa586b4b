package attmask.ptx;

/** A load from or a store to global memory, with its checks: bounds, alignment, unwritten bytes, races between blocks. */
final class GlobalAccess extends Instruction {
    private final Addresses.Address address;
    private final Values values;
    private final boolean load;
    /** volatile, relaxed, acquire, release: as strong as an atomic. */
    private final boolean ordered;

    private final boolean counted;
    /** ld.global.nc, which the compiler makes of const __restrict__: nothing may write there during the launch. */
    private final boolean constant;

    private final int total;

    GlobalAccess(
            Addresses.Address address,
            Values values,
            boolean load,
            boolean ordered,
            boolean counted,
            boolean constant) {
        this.address = address;
        this.values = values;
        this.load = load;
        this.ordered = ordered;
        this.counted = counted;
        this.constant = constant;
        total = values.total();
    }

    @Override
    void execute(Warp warp, int mask) {
        int rest = mask;
        while (rest != 0) {
            int lane = first(rest);
            Allocation allocation = allocation(this, warp, lane, address.of(warp, lane), total);
            int together = locate(warp, allocation, rest);
            if (together == -1 && inARow(warp.offsets)) {
                span(warp, allocation);
            } else {
                lanes(warp, allocation, together);
            }
            if (load) {
                values.load(warp, allocation.data, together);
            } else {
                values.store(warp, allocation.data, together);
            }
            rest &= ~together;
        }
    }

    /** The allocation of an access; complains unless it lies in one and is aligned. */
    static Allocation allocation(Instruction instruction, Warp warp, int lane, long at, int bytes) {
        GlobalMemory memory = warp.block.memory;
        Allocation allocation = memory.find(at);
        if (allocation == null || at < allocation.base || at + bytes > allocation.base + allocation.data.length) {
            throw instruction.fault(
                    warp, lane, "access of " + bytes + " bytes of global memory at " + memory.describe(at));
        }
        if ((at & bytes - 1) != 0) {
            throw instruction.fault(
                    warp, lane, "misaligned access of " + bytes + " bytes of global memory at " + memory.describe(at));
        }
        return allocation;
    }

    /** The lanes whose access lies aligned within an allocation, and their offsets; others get a round of their own. */
    private int locate(Warp warp, Allocation allocation, int mask) {
        long[] from = warp.longs[address.slot()];
        long shift = address.offset() - allocation.base;
        long most = allocation.data.length - total;
        int found = 0;
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = first(k);
            long at = from[lane] + shift;
            if (at >= 0 && at <= most && (at & total - 1) == 0) {
                warp.offsets[lane] = (int) at;
                found |= 1 << lane;
            }
        }
        return found;
    }

    private boolean inARow(int[] offsets) {
        for (int i = 1; i < Warp.LANES; i++) {
            if (offsets[i] != offsets[i - 1] + total) {
                return false;
            }
        }
        return true;
    }

    /** All lanes, one behind the other. */
    private void span(Warp warp, Allocation allocation) {
        int at = warp.offsets[0];
        int bytes = Warp.LANES * total;
        if (counted) {
            warp.block.counters.globalSpan(at, bytes, !load);
        }
        BlockOrder order = warp.block.order;
        if (load) {
            int unwritten = allocation.unwritten(at, bytes);
            if (unwritten >= 0) {
                throw uninitialised(warp, (unwritten - at) / total, allocation, unwritten);
            }
        } else {
            allocation.markWritten(at, bytes);
        }
        stamp(warp, allocation, -1, order);
    }

    /** Tells the shadows who was here. */
    private void stamp(Warp warp, Allocation allocation, int mask, BlockOrder order) {
        if (ordered) {
            order.atomic();
            if (load) {
                return;
            }
        } else if (!load) {
            order.wrote();
        }
        int thread = warp.index * Warp.LANES;
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = first(k);
            int at = warp.offsets[lane];
            long race = load
                    ? allocation.read(at, total, thread + lane, constant, order)
                    : allocation.write(at, total, thread + lane, ordered, order);
            if (race != 0) {
                throw race(warp, lane, allocation, at, race);
            }
        }
    }

    private void lanes(Warp warp, Allocation allocation, int mask) {
        if (counted) {
            warp.block.counters.global(warp.offsets, mask, total, !load);
        }
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = first(k);
            int at = warp.offsets[lane];
            if (!load) {
                Bytes.mark(allocation.written, at, total);
            } else if (!Bytes.all(allocation.written, at, total)) {
                throw uninitialised(warp, lane, allocation, at);
            }
        }
        stamp(warp, allocation, mask, warp.block.order);
    }

    private RuntimeException race(Warp warp, int lane, Allocation allocation, int at, long race) {
        BlockOrder order = warp.block.order;
        String what = constant && order.isMine(race)
                ? "read of what this launch wrote, though it is const __restrict__,"
                : "race " + (order.isMine(race) ? "" : "between blocks ") + "on global memory: this "
                        + (load ? "read" : "write") + " and an access by " + order.name(race);
        return fault(warp, lane, what + " at " + warp.block.memory.describe(allocation.base + at));
    }

    private RuntimeException uninitialised(Warp warp, int lane, Allocation allocation, int at) {
        return fault(
                warp, lane, "uninitialised global memory read at " + warp.block.memory.describe(allocation.base + at));
    }
}
