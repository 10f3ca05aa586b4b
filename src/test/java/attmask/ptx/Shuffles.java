package attmask.ptx;

import java.util.List;

/** shfl, vote, match, redux and activemask: how lanes talk without memory. */
final class Shuffles {
    private static final int UP = 2;

    private final Slots slots;

    Shuffles(Slots slots) {
        this.slots = slots;
    }

    Instruction decode(Statement s) {
        String[] parts = s.parts();
        return switch (parts[0]) {
            case "shfl" -> shuffle(s, parts[2]);
            case "vote" -> vote(s, parts[2]);
            case "redux" -> reduce(s, parts[2]);
            case "match" -> match(s);
            default -> activeMask(s);
        };
    }

    private Instruction activeMask(Statement s) {
        int d = slots.word(s.operand(0));
        return Instruction.of((warp, mask) -> broadcast(warp.words[d], mask, mask));
    }

    private static void broadcast(int[] d, int value, int mask) {
        for (int k = mask; k != 0; k &= k - 1) {
            d[Instruction.first(k)] = value;
        }
    }

    /** shfl.sync.MODE.b32 d[|p], a, b, c, members: c holds the last lane of a segment and, from bit 8, its mask. */
    private Instruction shuffle(Statement s, String mode) {
        String[] targets = s.operand(0).split("\\|");
        int d = slots.word(targets[0]);
        int p = targets.length > 1 ? slots.predicate(targets[1]) : -1;
        int a = slots.word(s.operand(1));
        int b = slots.word(s.operand(2));
        int c = slots.word(s.operand(3));
        int way = List.of("bfly", "down", "up", "idx").indexOf(mode);
        return new WarpWide(slots.word(s.operand(4))) {
            @Override
            void together(Warp warp, int mask) {
                int[] from = warp.words[a];
                int[] by = warp.words[b];
                int[] bounds = warp.words[c];
                int valid = 0;
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = first(k);
                    int segment = bounds[lane] >> 8 & 31;
                    int most = lane & segment | bounds[lane] & 31 & ~segment;
                    int source = source(way, lane, by[lane] & 31, segment);
                    boolean inside = way == UP ? source >= most : source <= most;
                    valid |= inside ? 1 << lane : 0;
                    int read = inside ? source : lane;
                    if ((mask >> read & 1) == 0) {
                        throw fault(warp, lane, "shuffle reads lane " + read + ", which does not take part");
                    }
                    warp.temporary[lane] = from[read];
                }
                Warp.blend(warp.words[d], warp.temporary, mask);
                if (p >= 0) {
                    Predicates.set(warp, p, valid, mask);
                }
            }
        };
    }

    private static int source(int way, int lane, int b, int segment) {
        return switch (way) {
            case 0 -> lane ^ b;
            case 1 -> lane + b;
            case UP -> lane - b;
            default -> lane & segment | b & ~segment;
        };
    }

    private Instruction vote(Statement s, String mode) {
        boolean inverted = s.operand(1).startsWith("!");
        int p = slots.predicate(inverted ? s.operand(1).substring(1) : s.operand(1));
        boolean ballot = mode.equals("ballot");
        int d = ballot ? slots.word(s.operand(0)) : slots.predicate(s.operand(0));
        return new WarpWide(slots.word(s.operand(2))) {
            @Override
            void together(Warp warp, int mask) {
                int votes = (inverted ? ~warp.predicates[p] : warp.predicates[p]) & mask;
                if (ballot) {
                    broadcast(warp.words[d], votes, mask);
                    return;
                }
                boolean result =
                        switch (mode) {
                            case "any" -> votes != 0;
                            case "all" -> votes == mask;
                            case "uni" -> votes == 0 || votes == mask;
                            default -> throw new UnsupportedPtxException("vote." + mode);
                        };
                Predicates.set(warp, d, result ? -1 : 0, mask);
            }
        };
    }

    private Instruction reduce(Statement s, String kind) {
        int d = slots.word(s.operand(0));
        int a = slots.word(s.operand(1));
        boolean signed = s.type().equals("s32");
        return new WarpWide(slots.word(s.operand(2))) {
            @Override
            void together(Warp warp, int mask) {
                int[] from = warp.words[a];
                int result = from[first(mask)];
                for (int k = mask & mask - 1; k != 0; k &= k - 1) {
                    result = combine(kind, signed, result, from[first(k)]);
                }
                broadcast(warp.words[d], result, mask);
            }
        };
    }

    private static int combine(String kind, boolean signed, int a, int b) {
        return switch (kind) {
            case "add" -> a + b;
            case "and" -> a & b;
            case "or" -> a | b;
            case "xor" -> a ^ b;
            case "min" -> (signed ? Integer.compare(a, b) : Integer.compareUnsigned(a, b)) < 0 ? a : b;
            case "max" -> (signed ? Integer.compare(a, b) : Integer.compareUnsigned(a, b)) > 0 ? a : b;
            default -> throw new UnsupportedPtxException("redux." + kind);
        };
    }

    private Instruction match(Statement s) {
        if (!s.has("any") || !s.type().equals("b32")) {
            throw new UnsupportedPtxException(s.opcode());
        }
        int d = slots.word(s.operand(0));
        int a = slots.word(s.operand(1));
        return new WarpWide(slots.word(s.operand(2))) {
            @Override
            void together(Warp warp, int mask) {
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = first(k);
                    int same = 0;
                    for (int m = mask; m != 0; m &= m - 1) {
                        same |= warp.words[a][first(m)] == warp.words[a][lane] ? m & -m : 0;
                    }
                    warp.temporary[lane] = same;
                }
                Warp.blend(warp.words[d], warp.temporary, mask);
            }
        };
    }
}
