package attmask.ptx;

import static attmask.ptx.MicroKernels.EXACT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongBinaryOperator;

/** Micro-kernels of what lanes do together: shuffles, votes, reductions, barriers, contended atomics, branches. */
final class WarpMicroKernels {
    private static final int LANES = Warp.LANES;

    private final List<MicroKernel> list = new ArrayList<>();

    static List<MicroKernel> all() {
        WarpMicroKernels kernels = new WarpMicroKernels();
        kernels.shuffles();
        kernels.votes();
        kernels.reductions();
        kernels.barriers();
        kernels.blockVotes();
        kernels.contended();
        kernels.branches();
        return kernels.list;
    }

    private void add(String opcode, String d, String body, MicroKernel.Expected f) {
        long[][] columns = Samples.columns(Samples.WORDS, Samples.LANES, Samples.WORDS);
        list.add(new MicroKernel(opcode, body, d, columns, f, EXACT));
    }

    /** The lane another one reads, as the documents say; itself where that is outside of the segment. */
    private static int source(String mode, int lane, int b, int width) {
        int low = lane / width * width;
        int source =
                switch (mode) {
                    case "bfly" -> lane ^ b;
                    case "down" -> lane + b;
                    case "up" -> lane - b;
                    default -> low + b % width;
                };
        boolean inside = mode.equals("up") ? source >= low : source < low + width;
        return inside ? source : lane;
    }

    private void shuffles() {
        for (String mode : List.of("bfly", "down", "up", "idx")) {
            for (int width : new int[] {32, 8}) {
                // The segment's mask from bit 8 on, the clamp below; __shfl_up_sync has clamp 0.
                int c = (LANES - width) << 8 | (mode.equals("up") ? 0 : 31);
                String opcode = "shfl.sync." + mode + ".b32";
                add(
                        opcode,
                        "%rd",
                        opcode + " %rd|%p0, %ra, %rb, " + c + ", -1;",
                        (a, b, x, t) -> a[t / LANES * LANES + source(mode, t % LANES, (int) b[t], width)]);
                add(opcode, "%pd", opcode + " %rd|%pd, %ra, 5, " + c + ", 0xffffffff;", (a, b, x, t) -> {
                    int lane = t % LANES;
                    boolean moved = source(mode, lane, 5, width) != lane;
                    return moved || mode.equals("idx") ? 1 : 0;
                });
            }
        }
        String half = "and.b32 %r0, %lane, 16;\nshl.b32 %r1, 0xffff, %r0;\n";
        add("shfl.sync.bfly.b32", "%rd", half + "shfl.sync.bfly.b32 %rd, %ra, 3, 31, %r1;", (a, b, x, t) -> a[t ^ 3]);
    }

    private static int ballot(long[] votes, int t) {
        int result = 0;
        for (int lane = 0; lane < LANES; lane++) {
            result |= (int) (votes[t / LANES * LANES + lane] & 1) << lane;
        }
        return result;
    }

    private void votes() {
        add(
                "vote.sync.ballot.b32",
                "%rd",
                "vote.sync.ballot.b32 %rd, %pa, -1;",
                (a, b, c, t) -> ballot(a, t) & 0xffffffffL);
        add(
                "vote.sync.ballot.b32",
                "%rd",
                "vote.sync.ballot.b32 %rd, !%pa, -1;",
                (a, b, c, t) -> ~ballot(a, t) & 0xffffffffL);
        add("vote.sync.any.pred", "%pd", "vote.sync.any.pred %pd, %pa, -1;", (a, b, c, t) -> ballot(a, t) != 0 ? 1 : 0);
        add(
                "vote.sync.all.pred",
                "%pd",
                "vote.sync.all.pred %pd, %pa, -1;",
                (a, b, c, t) -> ballot(a, t) == -1 ? 1 : 0);
        add("activemask.b32", "%rd", "activemask.b32 %rd;", (a, b, c, t) -> 0xffffffffL);
        add("match.any.sync.b32", "%rd", "match.any.sync.b32 %rd, %ra, -1;", (a, b, c, t) -> {
            long result = 0;
            for (int lane = 0; lane < LANES; lane++) {
                result |= a[t / LANES * LANES + lane] == a[t] ? 1L << lane : 0;
            }
            return result;
        });
    }

    private void reductions() {
        reduction("add.s32", (x, y) -> x + y);
        reduction("add.u32", (x, y) -> x + y);
        reduction("min.s32", (x, y) -> Math.min((int) x, (int) y));
        reduction("max.s32", (x, y) -> Math.max((int) x, (int) y));
        reduction("min.u32", (x, y) -> Math.min(x & 0xffffffffL, y & 0xffffffffL));
        reduction("max.u32", (x, y) -> Math.max(x & 0xffffffffL, y & 0xffffffffL));
        reduction("and.b32", (x, y) -> x & y);
        reduction("or.b32", (x, y) -> x | y);
        reduction("xor.b32", (x, y) -> x ^ y);
    }

    private void reduction(String kind, LongBinaryOperator f) {
        String opcode = "redux.sync." + kind;
        add(opcode, "%rd", opcode + " %rd, %ra, -1;", (a, b, c, t) -> {
            long result = a[t / LANES * LANES];
            for (int lane = 1; lane < LANES; lane++) {
                result = f.applyAsLong(result, a[t / LANES * LANES + lane]);
            }
            return result & 0xffffffffL;
        });
    }

    /** The neighbour's number through shared memory. */
    private void barriers() {
        add(
                "bar.warp.sync",
                "%rd",
                "st.shared.u32 [%own], %ra;\nbar.warp.sync -1;\nxor.b32 %r0, %own, 496;\nld.shared.u32 %rd, [%r0];",
                (a, b, c, t) -> a[t ^ 31]);
        add(
                "bar.sync",
                "%rd",
                "st.shared.u32 [%own], %ra;\nbar.sync 0;\nxor.b32 %r0, %own, 1008;\nld.shared.u32 %rd, [%r0];",
                (a, b, c, t) -> a[t ^ 63]);
    }

    private void blockVotes() {
        add("bar.red.popc.u32", "%rd", "bar.red.popc.u32 %rd, 0, %pa;", (a, b, c, t) -> blockVotes(a, t));
        add(
                "bar.red.popc.u32",
                "%rd",
                "bar.red.popc.u32 %rd, 0, !%pa;",
                (a, b, c, t) -> MicroKernel.BLOCK - blockVotes(a, t));
        add("bar.red.or.pred", "%pd", "bar.red.or.pred %pd, 0, %pa;", (a, b, c, t) -> blockVotes(a, t) > 0 ? 1 : 0);
        String first = "setp.eq.s32 %p1, %thread, 0;\n";
        add("bar.red.or.pred", "%pd", first + "bar.red.or.pred %pd, 0, %p1;", (a, b, c, t) -> 1);
        add("bar.red.and.pred", "%pd", first + "bar.red.and.pred %pd, 0, !%p1;", (a, b, c, t) -> 0);
        add("bar.red.and.pred", "%pd", "setp.ge.s32 %p1, %lane, 0;\nbar.red.and.pred %pd, 0, %p1;", (a, b, c, t) -> 1);
    }

    private static long blockVotes(long[] a, int t) {
        int first = t / MicroKernel.BLOCK * MicroKernel.BLOCK;
        return Arrays.stream(a, first, first + MicroKernel.BLOCK)
                .filter(number -> (number & 1) != 0)
                .count();
    }

    /** All threads of a block on one word. */
    private void contended() {
        String zero = "mov.u32 %r2, memory;\nmov.u32 %r3, 0;\nst.shared.u32 [%own], %r3;\nbar.sync 0;\n";
        String sum = "bar.sync 0;\nld.shared.u32 %rd, [%r2];";
        add("atom.shared.add.u32", "%rd", zero + "atom.shared.add.u32 %r1, [%r2], %ra;\n" + sum, (a, b, c, t) -> {
            long total = 0;
            for (int i = 0; i < MicroKernel.BLOCK; i++) {
                total += a[t / MicroKernel.BLOCK * MicroKernel.BLOCK + i];
            }
            return total & 0xffffffffL;
        });
        add("atom.shared.max.u32", "%rd", zero + "atom.shared.max.u32 %r1, [%r2], %ra;\n" + sum, (a, b, c, t) -> {
            long most = 0;
            for (int i = 0; i < MicroKernel.BLOCK; i++) {
                most = Math.max(most, a[t / MicroKernel.BLOCK * MicroKernel.BLOCK + i]);
            }
            return most;
        });
    }

    private void branches() {
        add(
                "bra",
                "%rd",
                "@%pa bra $odd;\nadd.s32 %rd, %rb, 1;\nbra.uni $end;\n$odd: sub.s32 %rd, %rb, 1;\n$end:",
                (a, b, c, t) -> ((a[t] & 1) != 0 ? b[t] - 1 : b[t] + 1) & 0xffffffffL);
        add(
                "bra",
                "%rd",
                "mov.u32 %r1, %rb;\n$again: add.s32 %rd, %rd, %r1;\nsub.s32 %r1, %r1, 1;\n"
                        + "setp.gt.s32 %p1, %r1, 0;\n@%p1 bra $again;\nbar.warp.sync -1;",
                (a, b, c, t) -> b[t] * (b[t] + 1) / 2);
        add(
                "brx.idx",
                "%rd",
                "and.b32 %r1, %rb, 3;\n$targets: .branchtargets $one, $two, $one, $two;\nbrx.idx %r1, $targets;\n"
                        + "$one: mov.u32 %rd, 11;\nbra $end;\n$two: mov.u32 %rd, 22;\n$end:",
                (a, b, c, t) -> b[t] % 2 == 0 ? 11 : 22);
        add("exit", "%rd", "setp.ne.s32 %p19, %ra, %ra;\n@%p19 exit;\nmov.u32 %rd, 5;", (a, b, c, t) -> 5);
    }
}
