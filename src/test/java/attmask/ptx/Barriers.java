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
                warp.block.threadOrder.syncWarp(warp.index, mask, mask == warp.alive);
            }
        };
    }

    /** bar.sync 0, and bar.red.OP.TYPE d, 0, [!]p, which counts or joins the predicate of all threads. */
    private Instruction blockBarrier(Statement s) {
        boolean reduction = s.has("red");
        if (s.operands().size() != (reduction ? 3 : 1)
                || !s.operand(reduction ? 1 : 0).equals("0")
                || s.has("arrive")) {
            throw new UnsupportedPtxException("named barriers: " + s);
        }
        return reduction ? reduction(s) : new BlockBarrier();
    }

    private Instruction reduction(Statement s) {
        boolean inverted = s.operand(2).startsWith("!");
        int p = slots.predicate(inverted ? s.operand(2).substring(1) : s.operand(2));
        boolean count = s.has("popc");
        boolean all = s.has("and");
        int d = count ? slots.word(s.operand(0)) : slots.predicate(s.operand(0));
        return new BlockBarrier() {
            @Override
            int votes(Warp warp) {
                return Integer.bitCount((inverted ? ~warp.predicates[p] : warp.predicates[p]) & warp.alive);
            }

            @Override
            void execute(Warp warp, int mask) {
                int votes = warp.block.votes();
                if (count) {
                    for (int k = mask; k != 0; k &= k - 1) {
                        warp.words[d][first(k)] = votes;
                    }
                } else {
                    boolean result = all ? votes == warp.block.threads() : votes > 0;
                    Predicates.set(warp, d, result ? -1 : 0, mask);
                }
            }
        };
    }

    /** __syncthreads: every thread of the block must come here. */
    static class BlockBarrier extends Instruction {
        /** How many of a warp's threads bring a true predicate. */
        int votes(Warp warp) {
            return 0;
        }

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
