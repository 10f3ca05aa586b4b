package attmask.ptx;

/** Barriers of the block and of the warp, and fences. */
final class Barriers {
    private final Slots slots;

    Barriers(Slots slots) {
        this.slots = slots;
    }

    Instruction decode(Statement s) {
        String[] parts = s.parts();
        return switch (parts[0]) {
            case "membar", "fence" -> Instruction.of((warp, mask) -> warp.block.order.fence());
            default -> parts[1].equals("warp") ? warpBarrier(s) : blockBarrier(s);
        };
    }

    private Instruction warpBarrier(Statement s) {
        int members = slots.word(s.operand(0));
        return new WarpWide(members) {
            @Override
            void together(Warp warp, int mask) {
                warp.block.shared.syncWarp(warp.index, mask, mask == warp.alive);
            }
        };
    }

    private static Instruction blockBarrier(Statement s) {
        boolean plain =
                s.has("sync") && s.operands().size() == 1 && s.operand(0).equals("0");
        if (!plain) {
            throw new UnsupportedPtxException("named barriers: " + s);
        }
        return new BlockBarrier();
    }

    /** __syncthreads: every thread of the block must come here. */
    static final class BlockBarrier extends Instruction {
        @Override
        void execute(Warp warp, int mask) {
            // The block has synchronised its shared memory when all warps had arrived.
        }

        @Override
        boolean synchronizes() {
            return true;
        }

        @Override
        int needs(Warp warp, int mask) {
            return warp.started;
        }
    }
}
