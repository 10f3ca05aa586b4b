package attmask.ptx;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import attmask.cuda.CudaException;
import attmask.cuda.LaunchConfig;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fault of seeded_bugs.cu is reported for what it is, with its place; the repaired twins run silently. */
class SeededBugsTest {
    private static final String[] PLACE = {"seeded_bugs.cu:", "line ", "seeded_bugs.ptx", "block (", "thread ("};

    /** In some orders a reader comes before the writer. */
    private static final String RACE = "race on shared memory|a barrier is missing";

    private static Arguments bug(String kernel, String report, Consumer<TestDevice> run) {
        return arguments(kernel, report, run);
    }

    private static Consumer<TestDevice> run(String kernel, int grid, int block, int floats) {
        return d -> d.launch(kernel, grid, block, d.counting(0, floats));
    }

    static Stream<Arguments> bugs() {
        return Stream.of(
                bug(
                        "out_of_bounds",
                        "access of 4 bytes of global memory at offset 400",
                        d -> d.launch("out_of_bounds", 4, 32, d.raw(400), 100)),
                bug(
                        "before_the_start",
                        "at offset -4",
                        d -> d.launch("before_the_start", 1, 32, d.raw(128), d.counting(0, 32))),
                bug(
                        "misaligned",
                        "misaligned access of 16 bytes",
                        d -> d.launch("misaligned", 4, 1, d.raw(16), d.counting(0, 100), 7)),
                bug(
                        "shared_out_of_bounds",
                        "of shared memory",
                        d -> d.launch(
                                "shared_out_of_bounds", LaunchConfig.of(1, 64).withShared(252), d.raw(256))),
                bug(
                        "unzeroed",
                        "uninitialised global memory",
                        d -> d.launch("unzeroed", 1, 64, d.raw(4), d.counting(0, 64))),
                bug("uninitialised_shared", "uninitialised shared memory", run("uninitialised_shared", 1, 64, 64)),
                bug("missing_barrier", RACE, d -> d.launch("missing_barrier", 1, 256, d.raw(4), d.counting(0, 256))),
                bug("reused_too_early", RACE, d -> d.launch("reused_too_early", 1, 64, d.raw(256), d.counting(0, 256))),
                bug("all_write", RACE, d -> d.launch("all_write", 1, 32, d.raw(128))),
                bug("missing_syncwarp", RACE, run("missing_syncwarp", 1, 32, 32)),
                bug("syncwarp_across_warps", RACE, run("syncwarp_across_warps", 1, 64, 64)),
                bug("half_syncwarp", RACE, run("half_syncwarp", 1, 32, 32)),
                bug("atomic_and_read", RACE, d -> d.launch("atomic_and_read", 1, 64, d.raw(256))),
                bug("divergent_barrier", "barrier", run("divergent_barrier", 1, 32, 64)),
                bug(
                        "exited_barrier",
                        "barrier for a thread that has exited",
                        d -> d.launch("exited_barrier", 1, 64, d.counting(0, 64), 20)),
                bug(
                        "exited_barrier",
                        "barrier for a thread that has exited: those of warp 1",
                        d -> d.launch("exited_barrier", 1, 64, d.counting(0, 64), 32)),
                bug("restricted_alias", "though it is const __restrict__", d -> {
                    long x = d.counting(0, 64);
                    d.launch("restricted_alias", 1, 32, x, x);
                }),
                bug("barriers_by_warp", "barrier in divergent code", run("barriers_by_warp", 1, 64, 64)),
                bug("two_barriers", "barrier", run("two_barriers", 1, 32, 32)),
                bug(
                        "shuffle_from_exited",
                        "which does not take part",
                        d -> d.launch("shuffle_from_exited", 1, 32, d.counting(0, 64), 20)),
                bug("shuffle_in_a_branch", "lane is not in the mask", run("shuffle_in_a_branch", 1, 32, 32)),
                bug(
                        "missing_wait",
                        "before its cp.async was waited for",
                        d -> d.launch("missing_wait", 1, 32, d.raw(128), d.counting(0, 128))),
                bug(
                        "wait_without_barrier",
                        RACE,
                        d -> d.launch("wait_without_barrier", 1, 32, d.raw(128), d.counting(0, 128))),
                bug(
                        "wait_for_the_wrong_group",
                        "before its cp.async was waited for",
                        d -> d.launch("wait_for_the_wrong_group", 1, 32, d.raw(128), d.counting(0, 256))),
                bug("blocks_overlap", "race between blocks", d -> d.launch("blocks_overlap", 4, 32, d.raw(512))),
                bug("shift_in_block", "race on global memory", run("shift_in_block", 1, 64, 65)),
                bug("shift_in_place", "race between blocks", run("shift_in_place", 2, 32, 65)),
                bug(
                        "missing_fence",
                        "race between blocks",
                        d -> d.launch("missing_fence", 4, 32, d.raw(4), d.raw(16), d.zeros(4))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bugs")
    void isReported(String kernel, String report, Consumer<TestDevice> run) {
        for (Adversary adversary : new Adversary[] {Adversary.NONE, new Adversary(1, 1), new Adversary(77, 0)}) {
            TestDevice device = new TestDevice("seeded_bugs", adversary);
            String message =
                    assertThrows(CudaException.class, () -> run.accept(device)).getMessage();
            assertTrue(message.startsWith(kernel + ": "), message);
            assertTrue(Pattern.compile(report).matcher(message).find(), message);
            for (String part : PLACE) {
                assertTrue(message.contains(part), message);
            }
        }
    }

    static Stream<Arguments> twins() {
        return Stream.of(
                bug("out_of_bounds", "", d -> d.launch("out_of_bounds_right", 4, 32, d.raw(400), 100)),
                bug("misaligned", "", d -> d.launch("misaligned", 4, 1, d.raw(16), d.counting(0, 100), 8)),
                bug(
                        "shared_out_of_bounds",
                        "",
                        d -> d.launch(
                                "shared_out_of_bounds", LaunchConfig.of(1, 64).withShared(256), d.raw(256))),
                bug("unzeroed", "", d -> d.launch("unzeroed", 1, 64, d.zeros(4), d.counting(0, 64))),
                bug(
                        "missing_barrier",
                        "",
                        d -> d.launch("missing_barrier_right", 1, 256, d.raw(4), d.counting(0, 256))),
                bug(
                        "reused_too_early",
                        "",
                        d -> d.launch("reused_too_early_right", 1, 64, d.raw(256), d.counting(0, 256))),
                bug("missing_syncwarp", "", run("missing_syncwarp_right", 1, 64, 64)),
                bug("half_syncwarp", "", run("half_syncwarp_right", 1, 32, 32)),
                bug("atomic_and_read", "", d -> d.launch("atomic_and_read_right", 1, 64, d.raw(256))),
                bug("exited_barrier", "", d -> d.launch("exited_barrier", 1, 64, d.counting(0, 64), 64)),
                bug("missing_wait", "", d -> d.launch("missing_wait_right", 1, 32, d.raw(128), d.counting(0, 128))),
                bug(
                        "wait_for_the_wrong_group",
                        "",
                        d -> d.launch("wait_for_the_wrong_group_right", 1, 32, d.raw(128), d.counting(0, 256))),
                bug("shift_in_block", "", run("shift_in_block_right", 1, 64, 65)),
                bug("blocks_overlap", "", d -> d.launch("blocks_overlap_right", 4, 32, d.raw(512))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("twins")
    void repairedTwinIsSilent(String kernel, String none, Consumer<TestDevice> run) {
        run.accept(new TestDevice("seeded_bugs"));
        run.accept(new TestDevice("seeded_bugs", new Adversary(5, 5)));
    }
}
