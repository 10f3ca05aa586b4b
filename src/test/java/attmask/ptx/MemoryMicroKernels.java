package attmask.ptx;

import static attmask.ptx.MicroKernels.EXACT;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;

/** Micro-kernels of loads and stores of every type and width, of atomics and of asynchronous copies. */
final class MemoryMicroKernels {
    private final List<MicroKernel> list = new ArrayList<>();

    static List<MicroKernel> all() {
        MemoryMicroKernels kernels = new MemoryMicroKernels();
        kernels.sharedMemory();
        kernels.globalMemory();
        kernels.atomics();
        kernels.asyncCopies();
        return kernels.list;
    }

    private void add(String opcode, String d, String body, MicroKernel.Expected f) {
        long[][] columns = Samples.columns(Samples.WORDS, Samples.LANES, Samples.WORDS);
        list.add(new MicroKernel(opcode, body, d, columns, f, EXACT));
    }

    /** 16 bytes: the lower words of a, c, a again, and their exclusive or. */
    private static int word(long[] a, long[] c, int t, int i) {
        return (int) (i == 0 ? a[t] : i == 1 ? c[t] : i == 2 ? ~a[t] : a[t] ^ c[t]);
    }

    private static final String FILL = "not.b32 %r8, %ra;\nxor.b32 %r9, %ra, %rc;\n";

    private static long expected(long[] a, long[] c, int t, String type, int elements) {
        long result = 0;
        for (int e = 0; e < elements; e++) {
            int at = e * PtxType.bytes(type);
            long bits = (word(a, c, t, at / 8 * 2) & 0xffffffffL | (long) word(a, c, t, at / 8 * 2 + 1) << 32)
                    >>> 8 * (at % 8);
            result =
                    3 * result + PlainMath.extended(bits, type.replace('b', 'u').replace('f', 'u'));
        }
        return result;
    }

    /** result ← Σ 3^.. · element, over the elements of a vector in registers of 64 bits. */
    private static String collect(int elements) {
        StringBuilder text = new StringBuilder();
        for (int e = 0; e < elements; e++) {
            text.append("mad.lo.s64 %ld, %ld, 3, %l").append(e + 1).append(";\n");
        }
        return text.toString();
    }

    private static String registers(String prefix, int elements) {
        StringBuilder text = new StringBuilder(elements > 1 ? "{" : "");
        for (int e = 0; e < elements; e++) {
            text.append(e > 0 ? ", " : "").append(prefix).append(e + 1);
        }
        return text.append(elements > 1 ? "}" : "").toString();
    }

    /** A load of any type and width, through registers of its own width. */
    private static String load(String opcode, String type, int elements, String address) {
        String prefix = PtxType.wide(type) ? "%l" : PtxType.bytes(type) == 4 ? "%r" : "%h";
        StringBuilder text = new StringBuilder(opcode + " " + registers(prefix, elements) + ", [" + address + "];\n");
        String from =
                switch (type) {
                    case "f32", "b32", "u32", "b8", "u8", "b16", "u16" -> PtxType.bytes(type) == 4 ? "u32" : "u16";
                    default -> PtxType.bytes(type) == 4 ? "s32" : "s16";
                };
        for (int e = 1; e <= elements && !PtxType.wide(type); e++) {
            text.append("cvt.s64." + from + " %l" + e + ", " + prefix + e + ";\n");
        }
        return text + collect(elements);
    }

    private static final List<String> TYPES =
            List.of("u8", "s8", "b8", "u16", "s16", "b16", "u32", "s32", "b32", "f32", "u64", "s64", "b64", "f64");

    private void memory(String load, String store, String address) {
        String four = store + ".v4.u32 [" + address + "], {%ra, %rc, %r8, %r9};\n";
        for (String type : TYPES) {
            for (int elements : new int[] {1, 2, 4}) {
                if (elements * PtxType.bytes(type) <= 16) {
                    String vector = elements > 1 ? ".v" + elements : "";
                    String opcode = load + vector + "." + type;
                    add(
                            opcode,
                            "%ld",
                            FILL + four + load(opcode, type, elements, address),
                            (a, b, c, t) -> expected(a, c, t, type, elements));
                }
            }
        }
    }

    private void stores(String load, String store, String address) {
        for (String type : TYPES) {
            String kind = PtxType.wide(type) ? "l" : PtxType.bytes(type) == 4 ? "r" : "h";
            for (int elements : new int[] {1, 2, 4}) {
                if (elements * PtxType.bytes(type) <= 16) {
                    String values = List.of("%a", "%c", "%a", "%c").subList(0, elements).stream()
                            .map(name -> name.replace("%", "%" + kind))
                            .collect(java.util.stream.Collectors.joining(
                                    ", ", elements > 1 ? "{" : "", elements > 1 ? "}" : ""));
                    String opcode = store + (elements > 1 ? ".v" + elements : "") + "." + type;
                    String zero = store + ".v4.u32 [" + address + "], {0, 0, 0, 0};\n";
                    String back = load + ".v2.u64 {%l1, %l2}, [" + address + "];\n" + collect(2);
                    add(
                            opcode,
                            "%ld",
                            zero.replace("0, 0, 0, 0", "%r30, %r30, %r30, %r30").replaceFirst("^", "mov.u32 %r30, 0;\n")
                                    + opcode + " [" + address + "], " + values + ";\n" + back,
                            (a, b, c, t) -> {
                                long[] halves = new long[2];
                                for (int e = 0; e < elements; e++) {
                                    int at = e * PtxType.bytes(type);
                                    long bits =
                                            PlainMath.extended(e % 2 == 0 ? a[t] : c[t], type.replaceAll("[bsf]", "u"));
                                    halves[at / 8] |= bits << 8 * (at % 8);
                                }
                                return 3 * halves[0] + halves[1];
                            });
                }
            }
        }
    }

    private void sharedMemory() {
        memory("ld.shared", "st.shared", "%own");
        memory("ld.volatile.shared", "st.shared", "%own");
        stores("ld.shared", "st.shared", "%own");
        stores("ld.shared", "st.volatile.shared", "%own");
    }

    private void globalMemory() {
        memory("ld.global", "st.global", "%own64");
        memory("ld.volatile.global", "st.global", "%own64");
        memory("ld", "st", "%own64");
        stores("ld.global", "st.global", "%own64");
        for (String type : TYPES) {
            for (int elements : new int[] {1, 2, 4}) {
                if (elements * PtxType.bytes(type) <= 8) {
                    // Only what the launch does not write may be read so: the thread's first input.
                    String opcode = "ld.global.nc" + (elements > 1 ? ".v" + elements : "") + "." + type;
                    add(opcode, "%ld", load(opcode, type, elements, "%from"), (a, b, c, t) -> {
                        long result = 0;
                        for (int e = 0; e < elements; e++) {
                            long bits = a[t] >>> 8 * e * PtxType.bytes(type);
                            result = 3 * result
                                    + PlainMath.extended(
                                            bits, type.replace('b', 'u').replace('f', 'u'));
                        }
                        return result;
                    });
                }
            }
        }
        for (String opcode : List.of("ld.global.nc.v4.u32", "ld.global.nc.v4.f32")) {
            String address = "ld.param.u64 %l5, [in];\nand.b64 %l6, %la, 240;\nadd.s64 %l5, %l5, %l6;\n";
            add(
                    opcode,
                    "%rd",
                    address + opcode + " {%r1, %r2, %r3, %r4}, [%l5];\nadd.s32 %rd, %r1, %r4;",
                    (a, b, c, t) -> {
                        int first = (int) (a[t] & 240);
                        return inputWord(a, b, c, first) + inputWord(a, b, c, first + 12) & 0xffffffffL;
                    });
        }
        add(
                "ld.param.u32",
                "%rd",
                "ld.param.u32 %rd, [in+4];\nld.param.u64 %l1, [in];\nshr.u64 %l1, %l1, 32;\n"
                        + "cvt.u32.u64 %r1, %l1;\nsub.s32 %rd, %rd, %r1;",
                (a, b, c, t) -> 0);
        add(
                "ld.shared.u32",
                "%rd",
                "st.shared.u32 [%own], %ra;\ncvt.u64.u32 %l1, %own;\ncvta.shared.u64 %l1, %l1;\n"
                        + "cvta.to.shared.u64 %l2, %l1;\ncvt.u32.u64 %r1, %l2;\nld.shared.u32 %r2, [%r1];\nld.u32 %r3, [%l1];\n"
                        + "add.s32 %rd, %r2, %r3;",
                (a, b, c, t) -> 2 * a[t] & 0xffffffffL);
    }

    private static long inputWord(long[] a, long[] b, long[] c, int at) {
        long number = (at / 8 % 3 == 0 ? a : at / 8 % 3 == 1 ? b : c)[at / 24];
        return (at % 8 == 0 ? number : number >>> 32) & 0xffffffffL;
    }

    /** On a word of the thread's own: result = old + 3 · new. */
    private void atomics() {
        for (String space : List.of("shared", "global")) {
            atomic(space, "add.u32", (x, y) -> x + y);
            atomic(space, "add.s32", (x, y) -> x + y);
            atomic(space, "min.s32", (x, y) -> Math.min((int) x, (int) y));
            atomic(space, "max.s32", (x, y) -> Math.max((int) x, (int) y));
            atomic(space, "min.u32", Math::min);
            atomic(space, "max.u32", Math::max);
            atomic(space, "and.b32", (x, y) -> x & y);
            atomic(space, "or.b32", (x, y) -> x | y);
            atomic(space, "xor.b32", (x, y) -> x ^ y);
            atomic(space, "exch.b32", (x, y) -> y);
            atomic(space, "inc.u32", (x, y) -> x >= y ? 0 : x + 1);
            atomic(space, "dec.u32", (x, y) -> x == 0 || x > y ? y : x - 1);
            atomic(space, "cas.b32", (x, y) -> x == 1 ? y : x);
            atomic(space, "add.f32", (x, y) -> MicroKernels.bits(MicroKernels.real(x) + MicroKernels.real(y)));
        }
    }

    private void atomic(String space, String kind, LongBinaryOperator f) {
        String address = space.equals("shared") ? "[%own]" : "[%own64]";
        String opcode = "atom." + space + "." + kind;
        String operands = kind.startsWith("cas") ? "1, %rc" : "%rc";
        boolean real = kind.endsWith("f32");
        String samples = real ? "mov.b32 %rc, 0f40000000;\ncvt.rn.f32.u32 %ra, %rb;\n" : "";
        add(
                opcode,
                "%rd",
                samples + "st." + space + ".u32 " + address + ", %ra;\n" + opcode + " %r1, " + address + ", " + operands
                        + ";\nld." + space + ".u32 %r2, " + address + ";\nmad.lo.s32 %rd, %r2, 3, %r1;",
                (a, b, c, t) -> {
                    long old = real ? MicroKernels.bits((float) b[t]) : a[t];
                    long with = real ? MicroKernels.bits(2) : c[t];
                    return old + 3 * (f.applyAsLong(old, with) & 0xffffffffL) & 0xffffffffL;
                });
        if (!kind.startsWith("exch") && !kind.startsWith("cas") && !real) {
            String red = "red." + space + "." + kind;
            add(
                    red,
                    "%rd",
                    "st." + space + ".u32 " + address + ", %ra;\n" + red + " " + address + ", %rc;\nld." + space
                            + ".u32 %rd, " + address + ";",
                    (a, b, c, t) -> f.applyAsLong(a[t], c[t]) & 0xffffffffL);
        }
    }

    private void asyncCopies() {
        String wait = "cp.async.commit_group;\ncp.async.wait_group 0;\n";
        add(
                "cp.async.ca.shared.global",
                "%ld",
                "cp.async.ca.shared.global [%own], [%from], 8;\n" + wait + "ld.shared.u64 %ld, [%own];",
                (a, b, c, t) -> a[t]);
        add(
                "cp.async.ca.shared.global",
                "%rd",
                "cp.async.ca.shared.global [%own+4], [%from+8], 4;\ncp.async.wait_all;\n"
                        + "ld.shared.u32 %rd, [%own+4];",
                (a, b, c, t) -> b[t]);
        add(
                "cp.async.ca.shared.global",
                "%ld",
                "cp.async.ca.shared.global [%own], [%from], 8, 4;\n" + wait + "ld.shared.u64 %ld, [%own];",
                (a, b, c, t) -> a[t] & 0xffffffffL);
        String address = "ld.param.u64 %l5, [in];\nand.b64 %l6, %la, 240;\nadd.s64 %l5, %l5, %l6;\n";
        for (int valid : new int[] {16, 12, 0}) {
            add(
                    "cp.async.cg.shared.global",
                    "%rd",
                    address + "mov.u32 %r5, " + valid
                            + ";\ncp.async.cg.shared.global [%own], [%l5], 16, %r5;\n" + wait
                            + "ld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%own];\nmad.lo.s32 %rd, %r1, 3, %r4;",
                    (a, b, c, t) -> {
                        int first = (int) (a[t] & 240);
                        long low = valid > 0 ? inputWord(a, b, c, first) : 0;
                        long high = valid == 16 ? inputWord(a, b, c, first + 12) : 0;
                        return 3 * low + high & 0xffffffffL;
                    });
        }
        // The second newest group is there, whatever the newest does.
        add(
                "cp.async.wait_group",
                "%ld",
                "cp.async.ca.shared.global [%own], [%from], 8;\ncp.async.commit_group;\n"
                        + "cp.async.ca.shared.global [%own+8], [%from+8], 8;\ncp.async.commit_group;\ncp.async.wait_group 1;\n"
                        + "ld.shared.u64 %ld, [%own];\ncp.async.wait_group 0;\nld.shared.u64 %l1, [%own+8];\n"
                        + "add.s64 %ld, %ld, %l1;",
                (a, b, c, t) -> a[t] + b[t]);
    }
}
