package attmask.ptx;

import java.util.Arrays;
import java.util.List;

/**
 * Makes instructions of the tables' lines: operands become slots, and lanes that take no part keep what they had. Integer
 * conversions between widths that no table lists are composed here.
 */
final class Arithmetic {
    private final Slots slots;

    Arithmetic(Slots slots) {
        this.slots = slots;
    }

    /** Null when no table has the opcode. */
    Instruction decode(Statement s) {
        String opcode = s.opcode();
        WordArithmetic.Operation word = WordArithmetic.of(opcode);
        if (word != null) {
            return words(s, word);
        }
        FloatArithmetic.Operation real = FloatArithmetic.of(opcode);
        if (real != null) {
            return words(s, real::run);
        }
        LongArithmetic.Operation wide = LongArithmetic.of(opcode);
        if (wide != null) {
            return longs(s, wide);
        }
        if (MixedArithmetic.widening(opcode) != null) {
            return widening(s, MixedArithmetic.widening(opcode));
        }
        if (MixedArithmetic.narrowing(opcode) != null) {
            return narrowing(s, MixedArithmetic.narrowing(opcode));
        }
        if (MixedArithmetic.shift(opcode) != null) {
            return shift(s, MixedArithmetic.shift(opcode));
        }
        return switch (s.parts()[0]) {
            case "cvt" -> integerConversion(s);
            case "bfi" -> insert(s);
            case "lop3" -> logic(s);
            default -> null;
        };
    }

    private int word(Statement s, int i) {
        List<String> operands = s.operands();
        return i < operands.size() ? slots.word(operands.get(i)) : 0;
    }

    private int longWord(Statement s, int i) {
        List<String> operands = s.operands();
        return i < operands.size() ? slots.longWord(operands.get(i)) : 0;
    }

    private Instruction words(Statement s, WordArithmetic.Operation f) {
        int d = word(s, 0);
        int a = word(s, 1);
        int b = word(s, 2);
        int c = word(s, 3);
        return Instruction.of((warp, mask) -> {
            int[][] r = warp.words;
            if (mask == -1) {
                f.run(r[d], r[a], r[b], r[c]);
            } else {
                f.run(warp.temporary, r[a], r[b], r[c]);
                Warp.blend(r[d], warp.temporary, mask);
            }
        });
    }

    private Instruction longs(Statement s, LongArithmetic.Operation f) {
        int d = longWord(s, 0);
        int a = longWord(s, 1);
        int b = longWord(s, 2);
        int c = longWord(s, 3);
        return Instruction.of((warp, mask) -> {
            long[][] r = warp.longs;
            if (mask == -1) {
                f.run(r[d], r[a], r[b], r[c]);
            } else {
                f.run(warp.longTemporary, r[a], r[b], r[c]);
                Warp.blend(r[d], warp.longTemporary, mask);
            }
        });
    }

    private Instruction widening(Statement s, MixedArithmetic.Widening f) {
        int d = longWord(s, 0);
        int a = word(s, 1);
        int b = word(s, 2);
        int c = longWord(s, 3);
        return Instruction.of((warp, mask) -> {
            if (mask == -1) {
                f.run(warp.longs[d], warp.words[a], warp.words[b], warp.longs[c]);
            } else {
                f.run(warp.longTemporary, warp.words[a], warp.words[b], warp.longs[c]);
                Warp.blend(warp.longs[d], warp.longTemporary, mask);
            }
        });
    }

    private Instruction narrowing(Statement s, MixedArithmetic.Narrowing f) {
        int d = word(s, 0);
        int a = longWord(s, 1);
        return Instruction.of((warp, mask) -> {
            if (mask == -1) {
                f.run(warp.words[d], warp.longs[a]);
            } else {
                f.run(warp.temporary, warp.longs[a]);
                Warp.blend(warp.words[d], warp.temporary, mask);
            }
        });
    }

    private Instruction shift(Statement s, MixedArithmetic.Shift f) {
        int d = longWord(s, 0);
        int a = longWord(s, 1);
        int b = word(s, 2);
        return Instruction.of((warp, mask) -> {
            if (mask == -1) {
                f.run(warp.longs[d], warp.longs[a], warp.words[b]);
            } else {
                f.run(warp.longTemporary, warp.longs[a], warp.words[b]);
                Warp.blend(warp.longs[d], warp.longTemporary, mask);
            }
        });
    }

    /** cvt.TO.FROM of integers up to 32 bits: the source is cut and extended as its type says, then cut to the target. */
    private Instruction integerConversion(Statement s) {
        String[] parts = s.parts();
        String to = parts[parts.length - 2];
        String from = parts[parts.length - 1];
        if (parts.length != 3 || !to.matches("[su](8|16|32)") || !from.matches("[su](8|16|32)")) {
            return null;
        }
        int cut = 32 - 8 * PtxType.bytes(from);
        boolean signed = from.startsWith("s");
        int bits = 8 * PtxType.bytes(to);
        boolean extended = to.startsWith("s") && !slots.isHalf(s.operand(0));
        return words(s, (d, a, b, c) -> {
            for (int i = 0; i < Warp.LANES; i++) {
                int value = signed ? a[i] << cut >> cut : a[i] << cut >>> cut;
                d[i] = extended ? value << 32 - bits >> 32 - bits : value << 32 - bits >>> 32 - bits;
            }
            if (bits == 8 && to.startsWith("s") && !extended) {
                Arrays.setAll(d, i -> (byte) d[i] & 0xffff);
            }
        });
    }

    /** bfi: a field of a into b, at a position, of a length. */
    private Instruction insert(Statement s) {
        if (s.type().equals("b64")) {
            return null;
        }
        int d = word(s, 0);
        int a = word(s, 1);
        int b = word(s, 2);
        int position = word(s, 3);
        int length = slots.word(s.operand(4));
        return Instruction.of((warp, mask) -> {
            int[][] r = warp.words;
            for (int k = mask; k != 0; k &= k - 1) {
                int lane = Instruction.first(k);
                int from = r[position][lane] & 255;
                int bits = Math.min(r[length][lane] & 255, 32);
                int field = from > 31 ? 0 : (int) ((1L << bits) - 1) << from;
                r[d][lane] = r[a][lane] << from & field | r[b][lane] & ~field;
            }
        });
    }

    /** lop3: any function of three bits, given by its table. */
    private Instruction logic(Statement s) {
        int d = word(s, 0);
        int a = word(s, 1);
        int b = word(s, 2);
        int c = word(s, 3);
        int table = (int) Literals.bits(s.operand(4));
        return Instruction.of((warp, mask) -> {
            int[][] r = warp.words;
            for (int k = mask; k != 0; k &= k - 1) {
                int lane = Instruction.first(k);
                int result = 0;
                for (int entry = 0; entry < 8; entry++) {
                    if ((table >> entry & 1) != 0) {
                        int x = (entry & 4) != 0 ? r[a][lane] : ~r[a][lane];
                        int y = (entry & 2) != 0 ? r[b][lane] : ~r[b][lane];
                        int z = (entry & 1) != 0 ? r[c][lane] : ~r[c][lane];
                        result |= x & y & z;
                    }
                }
                r[d][lane] = result;
            }
        });
    }
}
