package attmask.ptx;

import java.util.Arrays;

/**
 * cp.async from global to shared memory. The copy happens only when it is waited for, and until then the target counts
 * as unwritten: a forgotten wait shows.
 */
final class AsyncCopies {
    private final Slots slots;
    private final Addresses addresses;

    AsyncCopies(Slots slots, Addresses addresses) {
        this.slots = slots;
        this.addresses = addresses;
    }

    Instruction decode(Statement s) {
        if (s.has("commit_group")) {
            return Instruction.of((warp, mask) -> {
                for (int k = mask; k != 0; k &= k - 1) {
                    warp.copies.committed[Instruction.first(k)]++;
                }
            });
        }
        if (s.has("wait_group") || s.has("wait_all")) {
            return wait(s.has("wait_all") ? -1 : (int) Literals.bits(s.operand(0)));
        }
        if (!s.has("async") || s.has("bulk") || !s.has("global")) {
            throw new UnsupportedPtxException(s.opcode());
        }
        return copy(s);
    }

    private Instruction copy(Statement s) {
        Addresses.Address to = addresses.parse(s.operand(0), false);
        Addresses.Address from = addresses.parse(s.operand(1), true);
        int bytes = (int) Literals.bits(s.operand(2));
        int valid = slots.word(s.operands().size() > 3 ? s.operand(3) : s.operand(2));
        addresses.sharedAccess(4);
        return new Instruction() {
            @Override
            void execute(Warp warp, int mask) {
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = first(k);
                    warp.offsets[lane] = SharedAccess.offset(this, warp, lane, to.of(warp, lane), bytes);
                }
                warp.block.counters.shared(warp.offsets, mask, bytes);
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = first(k);
                    start(this, warp, lane, warp.offsets[lane], from.of(warp, lane), bytes, warp.words[valid][lane]);
                }
                countSources(warp, mask, from, valid);
            }
        };
    }

    private static void start(
            Instruction instruction, Warp warp, int lane, int target, long source, int bytes, int valid) {
        if (valid < 0 || valid > bytes) {
            throw instruction.fault(warp, lane, "cp.async of " + valid + " of " + bytes + " bytes");
        }
        Allocation allocation = null;
        int offset = 0;
        if (valid > 0) {
            if ((source & bytes - 1) != 0) {
                throw instruction.fault(warp, lane, "misaligned cp.async from 0x" + Long.toHexString(source));
            }
            allocation = warp.block.memory.find(source);
            offset = allocation == null ? 0 : (int) (source - allocation.base);
            if (allocation == null
                    || source < allocation.base
                    || source + valid > allocation.base + allocation.data.length) {
                throw instruction.fault(
                        warp, lane, "cp.async of " + valid + " bytes from " + warp.block.memory.describe(source));
            }
            check(instruction, warp, lane, allocation, offset, valid);
        }
        SharedMemory shared = warp.block.shared;
        SharedAccess.write(instruction, warp, lane, target, bytes);
        Arrays.fill(shared.state, target, target + bytes, SharedMemory.PENDING);
        warp.copies.add(lane, target, allocation, offset, bytes, valid);
    }

    private static void check(
            Instruction instruction, Warp warp, int lane, Allocation allocation, int offset, int valid) {
        if (allocation.unwritten(offset, valid) >= 0) {
            throw instruction.fault(
                    warp,
                    lane,
                    "cp.async of uninitialised global memory at "
                            + warp.block.memory.describe(allocation.base + allocation.unwritten(offset, valid)));
        }
        int thread = warp.index * Warp.LANES + lane;
        long race = allocation.read(offset, valid, thread, false, warp.block.order);
        if (race != 0) {
            throw instruction.fault(
                    warp, lane, "race on global memory: this cp.async and a write by " + warp.block.order.name(race));
        }
    }

    /** Sectors, for lanes whose sources lie in the first one's allocation, which is all but always all of them. */
    private static void countSources(Warp warp, int mask, Addresses.Address from, int valid) {
        int counted = 0;
        int bytes = 0;
        Allocation allocation = null;
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = Instruction.first(k);
            if (warp.words[valid][lane] > 0) {
                long at = from.of(warp, lane);
                allocation = allocation == null ? warp.block.memory.find(at) : allocation;
                warp.offsets[lane] = (int) (at - allocation.base);
                bytes = Math.max(bytes, warp.words[valid][lane]);
                counted |= 1 << lane;
            }
        }
        if (counted != 0) {
            warp.block.counters.global(warp.offsets, counted, bytes, false);
        }
    }

    /** Finishes all copies but those of the last {@code open} groups. */
    private static Instruction wait(int open) {
        return new Instruction() {
            @Override
            void execute(Warp warp, int mask) {
                SharedMemory shared = warp.block.shared;
                warp.copies.finish(mask, open, (lane, target, source, offset, bytes, valid) -> {
                    if (valid > 0) {
                        System.arraycopy(source.data, offset, shared.data, target, valid);
                    }
                    Arrays.fill(shared.data, target + valid, target + bytes, (byte) 0);
                    SharedAccess.write(this, warp, lane, target, bytes);
                });
            }
        };
    }
}
