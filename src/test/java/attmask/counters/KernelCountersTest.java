package attmask.counters;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.HeadConfig;
import attmask.config.MaskStrategy;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.counters.KernelCase.Bound;
import attmask.train.StepShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What memory-bound kernels may move, what the masks may cost, and that the committed table is about these kernels. */
class KernelCountersTest {
    private static final Path COMMITTED = Path.of("benchmarks", "results", "kernel-counters.md");
    private static final String MASKS = "## The choice of masks";
    private static final String CLASSES = "## Warp instructions";

    /** A kernel that is new, renamed or gone: run {@code make counters}. */
    @Test
    void theCommittedTablesNameEveryKernelAndNoOther() throws IOException {
        String text = Files.readString(COMMITTED);
        int classes = text.indexOf(CLASSES);
        TreeSet<String> all = new TreeSet<>(CountersTable.kernelsOfTheJar());
        assertEquals(all, new TreeSet<>(CountersTable.kernelsNamedIn(text.substring(0, classes))));
        assertEquals(all, new TreeSet<>(CountersTable.kernelsNamedIn(text.substring(classes, text.indexOf(MASKS)))));
    }

    @Test
    void everyKernelIsCounted() {
        assertEquals(
                new TreeSet<>(CountersTable.kernelsOfTheJar()),
                smallCases().stream()
                        .flatMap(each -> each.kernels().stream())
                        .map(KernelCase.Moves::kernel)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static List<KernelCase> smallCases() {
        List<KernelCase> cases = new ArrayList<>(KernelCases.of(2, 8, 2048));
        cases.addAll(AttentionCases.masks(2, 65));
        cases.addAll(AttentionCases.attention(1, 65));
        return cases;
    }

    @Test
    void memoryBoundKernelsMoveLittleMoreThanTheyMust() {
        List<Executable> checks = new ArrayList<>();
        for (KernelCount count : KernelCount.of(smallCases())) {
            checks.add(() -> assertEquals(0, count.report().localBytes(), count.kernel() + ": local memory"));
            checks.add(() -> assertEquals(
                    0, count.report().sharedConflicts(), count.kernel() + ": conflicts of shared memory's banks"));
            if (count.moves().bound() == Bound.MEMORY) {
                // Less than the least would be a least that is too high. A statistic of 4 bytes moves a sector of 32.
                checks.add(() -> assertTrue(
                        count.overhead() <= 1.1 && count.overhead() > 0.95,
                        () -> count.kernel() + " moves " + count.overhead() + " times the least"));
            }
        }
        assertAll(checks);
    }

    /** Launches depend on the network's depth, not on its widths. */
    @Test
    void theChoiceOfMasksIsOneLaunch() {
        HeadConfig head = new HeadConfig(32, 16, 64, 64, true, false);
        ModelConfig model = new ModelConfig(Size.square(32), 8, 24, 2, 2, 4, 0.1);
        StepShape shape = new StepShape("small", model, head, 2, 16);
        StepCount random = StepCount.of(shape, 3, MaskStrategy.RANDOM);
        for (MaskStrategy strategy :
                List.of(MaskStrategy.HIGH, MaskStrategy.LOW, MaskStrategy.HINT, MaskStrategy.MST)) {
            Map<String, Long> expected = launches(random);
            expected.put(StepCount.CHOOSE, 1L);
            assertEquals(expected, launches(StepCount.of(shape, 3, strategy)), strategy.name());
        }
    }

    private static Map<String, Long> launches(StepCount step) {
        Map<String, Long> launches = new HashMap<>();
        step.kernels().forEach((name, kernel) -> launches.put(name, kernel.launches()));
        return launches;
    }
}
