package attmask.ptx;

/** Comparisons, selections and logic on predicates, which are bit masks over the lanes. */
final class Predicates {
    private final Slots slots;

    Predicates(Slots slots) {
        this.slots = slots;
    }

    /** A predicate operand: a register, possibly negated, or a constant. */
    private record Source(int slot, boolean negated, int constant) {
        int of(Warp warp) {
            int value = slot < 0 ? constant : warp.predicates[slot];
            return negated ? ~value : value;
        }
    }

    private Source source(String operand) {
        boolean negated = operand.startsWith("!");
        String name = negated ? operand.substring(1) : operand;
        return slots.isRegister(name)
                ? new Source(slots.predicate(name), negated, 0)
                : new Source(-1, negated, Literals.bits(name) == 0 ? 0 : -1);
    }

    /** Null when the statement has to do with no predicate. */
    Instruction decode(Statement s) {
        return switch (s.parts()[0]) {
            case "setp" -> compare(s);
            case "selp" -> select(s);
            case "slct" -> selectBySign(s);
            default -> s.type().equals("pred") ? logic(s) : null;
        };
    }

    static void set(Warp warp, int slot, int value, int mask) {
        warp.predicates[slot] = warp.predicates[slot] & ~mask | value & mask;
    }

    private Instruction logic(Statement s) {
        int d = slots.predicate(s.operand(0));
        Source a = source(s.operand(1));
        Source b = s.operands().size() > 2 ? source(s.operand(2)) : a;
        return switch (s.parts()[0]) {
            case "mov" -> Instruction.of((warp, mask) -> set(warp, d, a.of(warp), mask));
            case "not" -> Instruction.of((warp, mask) -> set(warp, d, ~a.of(warp), mask));
            case "and" -> Instruction.of((warp, mask) -> set(warp, d, a.of(warp) & b.of(warp), mask));
            case "or" -> Instruction.of((warp, mask) -> set(warp, d, a.of(warp) | b.of(warp), mask));
            case "xor" -> Instruction.of((warp, mask) -> set(warp, d, a.of(warp) ^ b.of(warp), mask));
            default -> null;
        };
    }

    /** setp.CMP[.BOOL][.ftz].TYPE p[|q], a, b[, [!]c]: p ← (a CMP b) BOOL c, q ← !(a CMP b) BOOL c. */
    private Instruction compare(Statement s) {
        String[] parts = s.parts();
        Comparison comparison = Comparison.of(parts[1]);
        String type = s.type();
        String[] targets = s.operand(0).split("\\|");
        int p = slots.predicate(targets[0]);
        int q = targets.length > 1 ? slots.predicate(targets[1]) : -1;
        boolean combined = s.operands().size() > 3;
        Source c = combined ? source(s.operand(3)) : null;
        String with = combined ? parts[2] : "";
        Comparison.Test test = test(s, type, comparison);
        return Instruction.of((warp, mask) -> {
            int result = test.of(warp);
            if (c == null) {
                set(warp, p, result, mask);
                if (q >= 0) {
                    set(warp, q, ~result, mask);
                }
            } else {
                int other = c.of(warp);
                set(warp, p, combine(with, result, other), mask);
                if (q >= 0) {
                    set(warp, q, combine(with, ~result, other), mask);
                }
            }
        });
    }

    private static int combine(String with, int a, int b) {
        return switch (with) {
            case "and" -> a & b;
            case "or" -> a | b;
            case "xor" -> a ^ b;
            default -> throw new UnsupportedPtxException("setp with " + with);
        };
    }

    private Comparison.Test test(Statement s, String type, Comparison comparison) {
        if (PtxType.wide(type)) {
            int a = slots.longWord(s.operand(1));
            int b = slots.longWord(s.operand(2));
            return comparison.ofLongs(type, a, b);
        }
        int a = slots.word(s.operand(1));
        int b = slots.word(s.operand(2));
        return comparison.ofWords(type, s.has("ftz"), a, b);
    }

    private Instruction select(Statement s) {
        Source p = source(s.operand(3));
        if (PtxType.wide(s.type())) {
            int d = slots.longWord(s.operand(0));
            int a = slots.longWord(s.operand(1));
            int b = slots.longWord(s.operand(2));
            return Instruction.of((warp, mask) -> {
                int choice = p.of(warp);
                long[] x = warp.longs[a];
                long[] y = warp.longs[b];
                long[] to = mask == -1 ? warp.longs[d] : warp.longTemporary;
                for (int i = 0; i < Warp.LANES; i++) {
                    to[i] = (choice >> i & 1) != 0 ? x[i] : y[i];
                }
                if (mask != -1) {
                    Warp.blend(warp.longs[d], to, mask);
                }
            });
        }
        int d = slots.word(s.operand(0));
        int a = slots.word(s.operand(1));
        int b = slots.word(s.operand(2));
        return Instruction.of((warp, mask) -> {
            int choice = p.of(warp);
            int[] x = warp.words[a];
            int[] y = warp.words[b];
            int[] to = mask == -1 ? warp.words[d] : warp.temporary;
            for (int i = 0; i < Warp.LANES; i++) {
                to[i] = (choice >> i & 1) != 0 ? x[i] : y[i];
            }
            if (mask != -1) {
                Warp.blend(warp.words[d], to, mask);
            }
        });
    }

    /** slct.TYPE.s32 d, a, b, c: a where c ≥ 0. */
    private Instruction selectBySign(Statement s) {
        if (!s.type().equals("s32") || PtxType.wide(s.parts()[1])) {
            return null;
        }
        int d = slots.word(s.operand(0));
        int a = slots.word(s.operand(1));
        int b = slots.word(s.operand(2));
        int c = slots.word(s.operand(3));
        return Instruction.of((warp, mask) -> {
            for (int k = mask; k != 0; k &= k - 1) {
                int lane = Instruction.first(k);
                warp.words[d][lane] = warp.words[c][lane] >= 0 ? warp.words[a][lane] : warp.words[b][lane];
            }
        });
    }
}
