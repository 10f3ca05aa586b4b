package attmask.ptx;

import static attmask.ptx.Samples.DIVISORS;
import static attmask.ptx.Samples.DOUBLES;
import static attmask.ptx.Samples.FLOATS;
import static attmask.ptx.Samples.LONGS;
import static attmask.ptx.Samples.LONG_DIVISORS;
import static attmask.ptx.Samples.SHIFTS;
import static attmask.ptx.Samples.WORDS;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Micro-kernels of single lanes' instructions: integers and bits, comparisons, predicates, moves. */
final class MicroKernels {
    static final MicroKernel.Agreement EXACT = (expected, actual) -> expected == actual;

    private final List<MicroKernel> list = new ArrayList<>();

    private interface Words {
        int of(int a, int b, int c);
    }

    private interface Longs {
        long of(long a, long b, long c);
    }

    private interface Question {
        boolean of(long a, long b);
    }

    static List<MicroKernel> all() {
        MicroKernels kernels = new MicroKernels();
        kernels.integers();
        kernels.bits();
        kernels.halves();
        kernels.wide();
        kernels.integerConversions();
        kernels.comparisons();
        kernels.predicates();
        kernels.moves();
        return kernels.list;
    }

    static float real(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    static long bits(float value) {
        return Float.floatToRawIntBits(value) & 0xffffffffL;
    }

    private void add(String opcode, String operands, String d, Samples[] in, MicroKernel.Agreement agreement, Longs f) {
        String body = "    " + opcode + " " + d + (operands.isEmpty() ? "" : ", " + operands) + ";";
        long[][] columns = Samples.columns(in[0], in[1], in[2]);
        list.add(new MicroKernel(opcode, body, d, columns, (a, b, c, t) -> f.of(a[t], b[t], c[t]), agreement));
    }

    /** For three columns; those not named are like the first. */
    static Samples[] in(Samples... samples) {
        return new Samples[] {
            samples[0], samples.length > 1 ? samples[1] : samples[0], samples.length > 2 ? samples[2] : samples[0]
        };
    }

    private void word(String opcodes, int operands, Samples[] in, Words f) {
        for (String opcode : opcodes.split(" ")) {
            String names = String.join(", ", List.of("%ra", "%rb", "%rc").subList(0, operands));
            add(opcode, names, "%rd", in, EXACT, (a, b, c) -> f.of((int) a, (int) b, (int) c) & 0xffffffffL);
        }
    }

    private void half(String opcodes, int operands, Samples[] in, Words f) {
        for (String opcode : opcodes.split(" ")) {
            String names = String.join(", ", List.of("%ha", "%hb", "%hc").subList(0, operands));
            add(opcode, names, "%hd", in, EXACT, (a, b, c) -> f.of((int) a, (int) b, (int) c) & 0xffffL);
        }
    }

    private void wide(String opcodes, int operands, Samples[] in, Longs f) {
        for (String opcode : opcodes.split(" ")) {
            add(opcode, String.join(", ", List.of("%la", "%lb", "%lc").subList(0, operands)), "%ld", in, EXACT, f);
        }
    }

    private void integers() {
        Samples[] words = in(WORDS);
        word("add.s32 add.u32", 2, words, (a, b, c) -> a + b);
        word("sub.s32 sub.u32", 2, words, (a, b, c) -> a - b);
        word("mul.lo.s32 mul.lo.u32", 2, words, (a, b, c) -> a * b);
        word("mul.hi.s32", 2, words, (a, b, c) -> Math.toIntExact((long) a * b >> 32));
        word("mul.hi.u32", 2, words, (a, b, c) -> high(a, b));
        word("mad.lo.s32 mad.lo.u32", 3, words, (a, b, c) -> a * b + c);
        word("mad.hi.u32", 3, words, (a, b, c) -> high(a, b) + c);
        word("mad.hi.s32", 3, words, (a, b, c) -> (int) ((long) a * b >> 32) + c);
        word("div.s32", 2, in(WORDS, DIVISORS), (a, b, c) -> a / b);
        word("div.u32", 2, in(WORDS, DIVISORS), PlainMath::divide);
        word("rem.s32", 2, in(WORDS, DIVISORS), (a, b, c) -> a % b);
        word("rem.u32", 2, in(WORDS, DIVISORS), (a, b, c) -> a - b * PlainMath.divide(a, b, 0));
        word("min.s32", 2, words, (a, b, c) -> a < b ? a : b);
        word("max.s32", 2, words, (a, b, c) -> a < b ? b : a);
        word("min.u32", 2, words, (a, b, c) -> PlainMath.less(a, b) ? a : b);
        word("max.u32", 2, words, (a, b, c) -> PlainMath.less(a, b) ? b : a);
        word("neg.s32", 1, words, (a, b, c) -> 0 - a);
        word("abs.s32", 1, words, (a, b, c) -> a < 0 ? -a : a);
        word("sad.u32", 3, words, (a, b, c) -> c + (PlainMath.less(a, b) ? b - a : a - b));
    }

    private static int high(int a, int b) {
        return unsigned(a).multiply(unsigned(b)).shiftRight(32).intValue();
    }

    private static BigInteger unsigned(int a) {
        return BigInteger.valueOf(a & 0xffffffffL);
    }

    private static BigInteger unsigned(long a) {
        return new BigInteger(Long.toUnsignedString(a));
    }

    private void bits() {
        Samples[] words = in(WORDS);
        word("and.b32", 2, words, (a, b, c) -> a & b);
        word("or.b32", 2, words, (a, b, c) -> a | b);
        word("xor.b32", 2, words, (a, b, c) -> a ^ b);
        word("not.b32", 1, words, (a, b, c) -> -1 - a);
        word("shl.b32", 2, in(WORDS, SHIFTS), (a, b, c) -> (int) ((long) a << b));
        word("shr.u32 shr.b32", 2, in(WORDS, SHIFTS), (a, b, c) -> (int) ((a & 0xffffffffL) >> b));
        word("shr.s32", 2, in(WORDS, SHIFTS), (a, b, c) -> (int) ((long) a >> b));
        word("shf.l.wrap.b32", 3, in(WORDS, WORDS, SHIFTS), (a, b, c) -> (c & 31) == 0 ? b : b << c | a >>> -c);
        word("shf.r.wrap.b32", 3, in(WORDS, WORDS, SHIFTS), (a, b, c) -> (c & 31) == 0 ? a : b << -c | a >>> c);
        word("popc.b32", 1, words, (a, b, c) -> Integer.toBinaryString(a)
                .replace("0", "")
                .length());
        word(
                "clz.b32",
                1,
                words,
                (a, b, c) -> a == 0 ? 32 : 32 - Integer.toBinaryString(a).length());
        word("brev.b32", 1, words, (a, b, c) -> PlainMath.reversed(a));
        word("bfe.u32", 3, in(WORDS, SHIFTS, SHIFTS), (a, b, c) -> PlainMath.field(a & 0xffffffffL, b, c, false));
        word("bfe.s32", 3, in(WORDS, SHIFTS, SHIFTS), (a, b, c) -> PlainMath.field(a, b, c, true));
        word("prmt.b32", 3, words, PlainMath::permuted);
        // Two halves of a, the two lower bytes of b.
        word(
                "dp2a.lo.u32.u32",
                3,
                words,
                (a, b, c) -> (a & 0xffff) * (b & 0xff) + (a >>> 16) * ((b & 0xff00) >>> 8) + c);
        add(
                "bfi.b32",
                "%ra, %rb, %rc, 5",
                "%rd",
                in(WORDS, WORDS, SHIFTS),
                EXACT,
                (a, b, c) -> c > 31 ? b : (b & ~(31L << c) | (a & 31) << c) & 0xffffffffL);
        add("lop3.b32", "%ra, %rb, %rc, 0xE8", "%rd", words, EXACT, (a, b, c) -> a & b | a & c | b & c);
    }

    private void halves() {
        Samples[] words = in(WORDS);
        half("add.s16 add.u16", 2, words, (a, b, c) -> a + b);
        half("sub.s16", 2, words, (a, b, c) -> a - b);
        half("mul.lo.s16 mul.lo.u16", 2, words, (a, b, c) -> a * b);
        half("and.b16", 2, words, (a, b, c) -> a & b);
        half("or.b16", 2, words, (a, b, c) -> a | b);
        half("xor.b16", 2, words, (a, b, c) -> a ^ b);
        half("not.b16", 1, words, (a, b, c) -> ~a);
        half("min.s16", 2, words, (a, b, c) -> Math.min((short) a, (short) b));
        half("max.u16", 2, words, (a, b, c) -> Math.max((char) a, (char) b));
        add("shr.u16", "%ha, %rb", "%hd", in(WORDS, SHIFTS), EXACT, (a, b, c) -> (a & 0xffff) >> b);
        add("shl.b16", "%ha, %rb", "%hd", in(WORDS, SHIFTS), EXACT, (a, b, c) -> (a & 0xffff) << b & 0xffff);
        add("shr.s16", "%ha, %rb", "%hd", in(WORDS, SHIFTS), EXACT, (a, b, c) -> (long) (short) a >> b & 0xffff);
        add("mul.wide.u16", "%ha, %hb", "%rd", words, EXACT, (a, b, c) -> (a & 0xffff) * (b & 0xffff));
        add("mul.wide.s16", "%ha, %hb", "%rd", words, EXACT, (a, b, c) -> (short) a * (short) b & 0xffffffffL);
    }

    private void wide() {
        Samples[] longs = in(LONGS);
        wide("add.s64 add.u64", 2, longs, (a, b, c) -> a + b);
        wide("sub.s64 sub.u64", 2, longs, (a, b, c) -> a - b);
        wide("mul.lo.s64 mul.lo.u64", 2, longs, (a, b, c) -> a * b);
        wide("mul.hi.s64", 2, longs, (a, b, c) -> BigInteger.valueOf(a)
                .multiply(BigInteger.valueOf(b))
                .shiftRight(64)
                .longValue());
        wide("mul.hi.u64", 2, longs, (a, b, c) -> unsigned(a)
                .multiply(unsigned(b))
                .shiftRight(64)
                .longValue());
        wide("mad.lo.s64", 3, longs, (a, b, c) -> a * b + c);
        wide("div.s64", 2, in(LONGS, LONG_DIVISORS), (a, b, c) -> a / b);
        wide("rem.s64", 2, in(LONGS, LONG_DIVISORS), (a, b, c) -> a % b);
        wide("div.u64", 2, in(LONGS, LONG_DIVISORS), (a, b, c) -> unsigned(a)
                .divide(unsigned(b))
                .longValue());
        wide("rem.u64", 2, in(LONGS, LONG_DIVISORS), (a, b, c) -> unsigned(a)
                .mod(unsigned(b))
                .longValue());
        wide("min.s64", 2, longs, (a, b, c) -> a < b ? a : b);
        wide("max.s64", 2, longs, (a, b, c) -> a < b ? b : a);
        wide("min.u64", 2, longs, (a, b, c) -> unsigned(a).min(unsigned(b)).longValue());
        wide("max.u64", 2, longs, (a, b, c) -> unsigned(a).max(unsigned(b)).longValue());
        wide("neg.s64", 1, longs, (a, b, c) -> 0 - a);
        wide("abs.s64", 1, longs, (a, b, c) -> a < 0 ? -a : a);
        wide("and.b64", 2, longs, (a, b, c) -> a & b);
        wide("or.b64", 2, longs, (a, b, c) -> a | b);
        wide("xor.b64", 2, longs, (a, b, c) -> a ^ b);
        wide("not.b64", 1, longs, (a, b, c) -> -1 - a);
        Samples[] shifted = in(LONGS, SHIFTS);
        add("shl.b64", "%la, %rb", "%ld", shifted, EXACT, (a, b, c) -> a << b);
        add("shr.u64", "%la, %rb", "%ld", shifted, EXACT, (a, b, c) -> a >>> b);
        add("shr.s64", "%la, %rb", "%ld", shifted, EXACT, (a, b, c) -> a >> b);
        add("shl.b64", "%la, 64", "%ld", shifted, EXACT, (a, b, c) -> 0);
        add("shr.s64", "%la, 70", "%ld", shifted, EXACT, (a, b, c) -> a < 0 ? -1 : 0);
        add("popc.b64", "%la", "%rd", longs, EXACT, (a, b, c) -> unsigned(a).bitCount());
        add("clz.b64", "%la", "%rd", longs, EXACT, (a, b, c) -> 64 - unsigned(a).bitLength());
        Samples[] words = in(WORDS, WORDS, LONGS);
        add("mul.wide.s32", "%ra, %rb", "%ld", words, EXACT, (a, b, c) -> (long) (int) a * (int) b);
        add("mul.wide.u32", "%ra, %rb", "%ld", words, EXACT, (a, b, c) -> a * b);
        add("mad.wide.s32", "%ra, %rb, %lc", "%ld", words, EXACT, (a, b, c) -> (long) (int) a * (int) b + c);
        add("mad.wide.u32", "%ra, %rb, %lc", "%ld", words, EXACT, (a, b, c) -> a * b + c);
    }

    private void integerConversions() {
        Samples[] longs = in(LONGS);
        for (String to : List.of("u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64")) {
            for (String from : List.of("u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64")) {
                int bits = 8 * PtxType.bytes(to);
                if (to.substring(1).equals(from.substring(1)) || bits == 8) {
                    continue;
                }
                String d = bits == 64 ? "%ld" : bits == 32 ? "%rd" : "%hd";
                String a =
                        switch (PtxType.bytes(from)) {
                            case 8 -> "%la";
                            case 4 -> "%ra";
                            default -> "%ha";
                        };
                long mask = bits == 64 ? -1 : (1L << bits) - 1;
                add("cvt." + to + "." + from, a, d, longs, EXACT, (x, b, c) -> PlainMath.extended(x, from) & mask);
            }
        }
    }

    private void comparisons() {
        for (String type : List.of("s16", "u16", "s32", "u32", "s64", "u64", "b32", "b64", "b16")) {
            List<String> questions =
                    type.startsWith("b") ? List.of("eq", "ne") : List.of("eq", "ne", "lt", "le", "gt", "ge");
            String kind = PtxType.wide(type) ? "l" : PtxType.bytes(type) == 2 ? "h" : "r";
            for (String question : questions) {
                compare(question, type, kind, (a, b) -> answer(question, PlainMath.order(a, b, type)));
            }
        }
        for (String question :
                List.of("eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan")) {
            compare(question, "f32", "r", (a, b) -> realAnswer(question, real(a), real(b)));
            compare(
                    question,
                    "f64",
                    "l",
                    (a, b) -> realAnswer(question, Double.longBitsToDouble(a), Double.longBitsToDouble(b)));
        }
    }

    private void compare(String question, String type, String kind, Question f) {
        Samples samples =
                switch (type) {
                    case "f32" -> FLOATS;
                    case "f64" -> DOUBLES;
                    default -> kind.equals("l") ? LONGS : WORDS;
                };
        String operands = "%" + kind + "a, %" + kind + "b";
        add("setp." + question + "." + type, operands, "%pd", in(samples), EXACT, (a, b, c) -> f.of(a, b) ? 1 : 0);
    }

    private static boolean answer(String question, int order) {
        return switch (question) {
            case "eq" -> order == 0;
            case "ne" -> order != 0;
            case "lt" -> order < 0;
            case "le" -> order <= 0;
            case "gt" -> order > 0;
            default -> order >= 0;
        };
    }

    private static boolean realAnswer(String question, double a, double b) {
        boolean unordered = Double.isNaN(a) || Double.isNaN(b);
        return switch (question) {
            case "num" -> !unordered;
            case "nan" -> unordered;
            default ->
                unordered ? question.length() == 3 : answer(question.substring(0, 2), a < b ? -1 : a > b ? 1 : 0);
        };
    }

    private void predicates() {
        Samples[] words = in(WORDS);
        add("and.pred", "%pa, %pb", "%pd", words, EXACT, (a, b, c) -> a & b & 1);
        add("or.pred", "%pa, %pb", "%pd", words, EXACT, (a, b, c) -> (a | b) & 1);
        add("xor.pred", "%pa, %pb", "%pd", words, EXACT, (a, b, c) -> (a ^ b) & 1);
        add("not.pred", "%pa", "%pd", words, EXACT, (a, b, c) -> ~a & 1);
        add("mov.pred", "%pa", "%pd", words, EXACT, (a, b, c) -> a & 1);
        add("mov.pred", "-1", "%pd", words, EXACT, (a, b, c) -> 1);
        add("setp.lt.and.s32", "%ra, %rb, %pc", "%pd", words, EXACT, (a, b, c) -> (int) a < (int) b ? c & 1 : 0);
        add("setp.lt.or.s32", "%ra, %rb, !%pc", "%pd", words, EXACT, (a, b, c) -> (int) a < (int) b ? 1 : ~c & 1);
        add("setp.lt.xor.s32", "%ra, %rb, %pc", "%pd", words, EXACT, (a, b, c) -> ((int) a < (int) b ? 1 : 0) ^ c & 1);
        list.add(new MicroKernel(
                "setp.lt.s32",
                "setp.lt.s32 %p0|%pd, %ra, %rb;",
                "%pd",
                Samples.columns(WORDS, WORDS, WORDS),
                (a, b, c, t) -> (int) a[t] < (int) b[t] ? 0 : 1,
                EXACT));
        for (String type : List.of("b32", "u32", "s32", "f32")) {
            add("selp." + type, "%ra, %rb, %pc", "%rd", words, EXACT, (a, b, c) -> (c & 1) != 0 ? a : b);
        }
        for (String type : List.of("b16", "u16", "s16")) {
            add("selp." + type, "%ha, %hb, %pc", "%hd", words, EXACT, (a, b, c) -> ((c & 1) != 0 ? a : b) & 0xffff);
        }
        for (String type : List.of("b64", "u64", "s64", "f64")) {
            add("selp." + type, "%la, %lb, %pc", "%ld", in(LONGS), EXACT, (a, b, c) -> (c & 1) != 0 ? a : b);
        }
        add("@%pa add.s32", "%rb, %rc", "%rd", words, EXACT, (a, b, c) -> (a & 1) != 0 ? b + c & 0xffffffffL : 0);
        add("@!%pa add.s32", "%rb, %rc", "%rd", words, EXACT, (a, b, c) -> (a & 1) != 0 ? 0 : b + c & 0xffffffffL);
    }

    private void moves() {
        Samples[] words = in(WORDS);
        for (String type : List.of("b32", "u32", "s32", "f32")) {
            add("mov." + type, "%ra", "%rd", words, EXACT, (a, b, c) -> a);
        }
        for (String type : List.of("b64", "u64", "s64", "f64")) {
            add("mov." + type, "%la", "%ld", in(LONGS), EXACT, (a, b, c) -> a);
        }
        for (String type : List.of("b16", "u16", "s16")) {
            add("mov." + type, "%ha", "%hd", words, EXACT, (a, b, c) -> a & 0xffff);
        }
        add("mov.f32", "0fC0490FDB", "%rd", words, EXACT, (a, b, c) -> bits((float) -Math.PI));
        add("mov.f64", "0d400921FB54442D18", "%ld", words, EXACT, (a, b, c) -> Double.doubleToRawLongBits(Math.PI));
        add("mov.b32", "{%ha, %hb}", "%rd", words, EXACT, (a, b, c) -> a & 0xffff | (b & 0xffff) << 16);
        add("mov.b64", "{%ra, %rb}", "%ld", words, EXACT, (a, b, c) -> a | b << 32);
        add("cvta.to.global.u64", "%la", "%ld", in(LONGS), EXACT, (a, b, c) -> a);
    }
}
