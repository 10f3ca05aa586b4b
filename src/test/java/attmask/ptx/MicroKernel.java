package attmask.ptx;

import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A kernel around one instruction: every thread loads three numbers of 64 bits, executes it on them, and stores what
 * comes out. It runs on any driver; the expected results come from plain Java.
 *
 * @param opcode the instruction it is about
 * @param body PTX that leaves the result in the register {@code result} names; {@code %ra %rb %rc} hold the numbers'
 *     lower 32 bits, {@code %la %lb %lc} all 64, {@code %ha %hb %hc} the lower 16, {@code %pa %pb %pc} the lowest;
 *     {@code %own} is the address of 16 bytes of shared memory of the thread's own, {@code %own64} of global memory
 * @param result {@code %rd}, {@code %ld}, {@code %hd}, {@code %pd}, by the type of what comes out
 * @param inputs three columns of as many rows as there are threads
 * @param agreement how exact the result must be
 */
record MicroKernel(String opcode, String body, String result, long[][] inputs, Expected expected, Agreement agreement) {
    static final int THREADS = 256;
    /** Threads of a block. */
    static final int BLOCK = 64;

    private static final Pattern OPCODE =
            Pattern.compile("^\\s*(?:@!?%?\\w+\\s+)?([a-z][\\w.:]*)(?=\\s|;)", Pattern.MULTILINE);

    /** The result of one thread, from the inputs of all. */
    interface Expected {
        long of(long[] a, long[] b, long[] c, int thread);
    }

    /** Whether a result will do. */
    interface Agreement {
        boolean test(long expected, long actual);
    }

    /** All opcodes that a text of PTX uses. */
    static Set<String> opcodes(String ptx) {
        return OPCODE.matcher(ptx)
                .results()
                .map(m -> m.group(1))
                .filter(opcode -> !opcode.equals("__"))
                .collect(Collectors.toSet());
    }

    String ptx() {
        String widen =
                switch (result) {
                    case "%rd" -> "cvt.u64.u32 %ld, %rd;";
                    case "%hd" -> "cvt.u64.u16 %ld, %hd;";
                    case "%pd" -> "selp.b64 %ld, 1, 0, %pd;";
                    default -> "";
                };
        return String.join(
                "\n",
                ".version 7.8",
                ".target sm_80",
                ".address_size 64",
                ".visible .entry micro(.param .u64 out, .param .u64 in)",
                "{",
                "    .reg .pred %p<20>, %pa, %pb, %pc, %pd;",
                "    .reg .b16 %h<20>, %ha, %hb, %hc, %hd;",
                "    .reg .b32 %r<40>, %ra, %rb, %rc, %rd, %thread, %own, %lane;",
                "    .reg .b64 %l<20>, %la, %lb, %lc, %ld, %to, %from, %own64;",
                "    .shared .align 16 .b8 memory[4096];",
                "    ld.param.u64 %to, [out];",
                "    ld.param.u64 %from, [in];",
                "    mov.u32 %r0, %ctaid.x;",
                "    mov.u32 %r1, %ntid.x;",
                "    mov.u32 %thread, %tid.x;",
                "    mov.u32 %lane, %laneid;",
                "    mad.lo.s32 %r0, %r0, %r1, %thread;",
                "    mul.wide.u32 %l0, %r0, 16;",
                "    add.s64 %own64, %to, %l0;",
                "    add.s64 %own64, %own64, " + 8 * THREADS + ";",
                "    mov.u32 %r1, memory;",
                "    shl.b32 %own, %thread, 4;",
                "    add.s32 %own, %own, %r1;",
                "    mul.wide.u32 %l0, %r0, 24;",
                "    add.s64 %from, %from, %l0;",
                "    mul.wide.u32 %l0, %r0, 8;",
                "    add.s64 %to, %to, %l0;",
                "    ld.global.u64 %la, [%from];",
                "    ld.global.u64 %lb, [%from+8];",
                "    ld.global.u64 %lc, [%from+16];",
                "    cvt.u32.u64 %ra, %la;",
                "    cvt.u32.u64 %rb, %lb;",
                "    cvt.u32.u64 %rc, %lc;",
                "    cvt.u16.u32 %ha, %ra;",
                "    cvt.u16.u32 %hb, %rb;",
                "    cvt.u16.u32 %hc, %rc;",
                "    and.b32 %r0, %ra, 1;",
                "    setp.ne.s32 %pa, %r0, 0;",
                "    and.b32 %r0, %rb, 1;",
                "    setp.ne.s32 %pb, %r0, 0;",
                "    and.b32 %r0, %rc, 1;",
                "    setp.ne.s32 %pc, %r0, 0;",
                "    mov.b16 %hd, 0;",
                "    mov.b32 %rd, 0;",
                "    mov.b64 %ld, 0;",
                body,
                "    " + widen,
                "    st.global.u64 [%to], %ld;",
                "    ret;",
                "}",
                "");
    }

    /** Every thread's result on a driver. */
    long[] run(Driver driver) {
        ByteBuffer in = buffer(24 * THREADS);
        for (int t = 0; t < THREADS; t++) {
            for (long[] column : inputs) {
                in.putLong(column[t]);
            }
        }
        long from = driver.allocate(in.capacity());
        long to = driver.allocate(24 * THREADS);
        driver.upload(Driver.Stream.MAIN, from, in.flip());
        Driver.Kernel kernel = driver.kernel(driver.load("micro", ptx()), "micro");
        driver.launch(
                Driver.Stream.MAIN,
                kernel,
                LaunchConfig.of(THREADS / BLOCK, BLOCK),
                new Args().pointer(to).pointer(from));
        ByteBuffer out = buffer(8 * THREADS);
        driver.download(Driver.Stream.MAIN, out, to);
        long[] results = new long[THREADS];
        out.asLongBuffer().get(results);
        driver.free(from);
        driver.free(to);
        return results;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Runs it; null when all results agree, else what the first wrong thread had and got. */
    String failure(Driver driver) {
        long[] results = run(driver);
        for (int t = 0; t < THREADS; t++) {
            long wanted = expected.of(inputs[0], inputs[1], inputs[2], t);
            if (!agreement.test(wanted, results[t])) {
                return String.format(
                        "%s of (%x, %x, %x) in thread %d: expected %x, got %x",
                        opcode, inputs[0][t], inputs[1][t], inputs[2][t], t, wanted, results[t]);
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return opcode;
    }
}
