package attmask.ptx;

import java.util.List;

/** mov between one register and several parts of it, and cvta between windows and spaces. */
final class Moves {
    private final Slots slots;

    Moves(Slots slots) {
        this.slots = slots;
    }

    /** Null for a plain move, which the tables have. */
    Instruction decode(Statement s) {
        if (s.parts()[0].equals("cvta")) {
            return convertAddress(s);
        }
        if (!s.parts()[0].equals("mov")) {
            return null;
        }
        if (s.operand(0).startsWith("{")) {
            return unpack(elements(s.operand(0)), s.operand(1), s);
        }
        return s.operand(1).startsWith("{") ? pack(s.operand(0), elements(s.operand(1)), s) : null;
    }

    static List<String> elements(String operand) {
        return operand.startsWith("{") ? PtxParser.split(operand.substring(1, operand.length() - 1)) : List.of(operand);
    }

    private Instruction convertAddress(Statement s) {
        int d = slots.longWord(s.operand(0));
        int a = slots.longWord(s.operand(1));
        long window = s.has("shared") ? GlobalMemory.SHARED_WINDOW : s.has("local") ? GlobalMemory.LOCAL_WINDOW : 0;
        long difference = s.has("to") ? -window : window;
        return Instruction.of((warp, mask) -> {
            for (int k = mask; k != 0; k &= k - 1) {
                int lane = Instruction.first(k);
                warp.longs[d][lane] = warp.longs[a][lane] + difference;
            }
        });
    }

    private Instruction unpack(List<String> parts, String from, Statement s) {
        int bits = 8 * PtxType.bytes(s.type()) / parts.size();
        int[] d = slots.words(parts);
        int cut = bits == 16 ? 0xffff : -1;
        if (PtxType.wide(s.type())) {
            int a = slots.longWord(from);
            return Instruction.of((warp, mask) -> {
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = Instruction.first(k);
                    long value = warp.longs[a][lane];
                    for (int i = 0; i < d.length; i++) {
                        warp.words[d[i]][lane] = (int) (value >>> i * bits) & cut;
                    }
                }
            });
        }
        int a = slots.word(from);
        return Instruction.of((warp, mask) -> {
            for (int k = mask; k != 0; k &= k - 1) {
                int lane = Instruction.first(k);
                int value = warp.words[a][lane];
                for (int i = 0; i < d.length; i++) {
                    warp.words[d[i]][lane] = value >>> i * bits & cut;
                }
            }
        });
    }

    private Instruction pack(String to, List<String> parts, Statement s) {
        int bits = 8 * PtxType.bytes(s.type()) / parts.size();
        int[] a = slots.words(parts);
        long cut = bits == 16 ? 0xffff : 0xffffffffL;
        boolean wide = PtxType.wide(s.type());
        int d = wide ? slots.longWord(to) : slots.word(to);
        return Instruction.of((warp, mask) -> {
            for (int k = mask; k != 0; k &= k - 1) {
                int lane = Instruction.first(k);
                long value = 0;
                for (int i = 0; i < a.length; i++) {
                    value |= (warp.words[a[i]][lane] & cut) << i * bits;
                }
                if (wide) {
                    warp.longs[d][lane] = value;
                } else {
                    warp.words[d][lane] = (int) value;
                }
            }
        });
    }
}
