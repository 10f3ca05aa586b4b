package attmask.masking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.MaskConfig;
import attmask.config.MaskStrategy;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.Trial;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class MaskerTest {
    private static final Backend BACKEND = Backends.REFERENCE;
    private static final int IMAGES = 16;
    private static final int STEPS = 60;
    private static final long SEED = 21;
    private static final Grid GRID = new Grid(6, 9);

    /** What a step gave: the mask byte by byte, the listed rows, the counts. */
    private record Choice(byte[] mask, int[] rows, int[] counts) {
        int masked() {
            return Arrays.stream(counts).sum();
        }
    }

    private static MaskConfig config(MaskStrategy strategy) {
        return new MaskConfig(strategy, List.of(0.3), List.of(0.2), 0.5, 0.3, 0.25, 0.6, 0, -1);
    }

    /** The rows' tensor holds what {@link Masker#capacity} says, and no more. */
    private static Choice choose(Backend backend, MaskConfig config, Grid grid, long seed, int step) {
        Masker masker = new Masker(config, grid, seed);
        try (Arena arena = new Arena("masks")) {
            Tensor mask = arena.tensor(DType.U8, IMAGES, grid.tokens());
            Tensor rows = arena.tensor(DType.I32, masker.capacity(IMAGES));
            Tensor scores = arena.tensor(backend.real(), IMAGES, grid.tokens());
            arena.allocate(backend::allocate);
            backend.write(scores, Trial.normal("scores of " + step, IMAGES * grid.tokens()));
            int[] counts = masker.choose(backend, mask, rows, scores, step);
            byte[] bytes = new byte[(int) mask.count()];
            int[] listed = new int[(int) rows.count()];
            backend.read(mask, bytes);
            backend.read(rows, listed);
            return new Choice(bytes, listed, counts);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void countsAndRowsAreThoseOfTheMask(MaskStrategy strategy) {
        for (int step = 0; step < STEPS; step++) {
            Choice choice = choose(BACKEND, config(strategy), GRID, SEED, step);
            int tokens = GRID.tokens();
            for (int b = 0; b < IMAGES; b++) {
                int first = b * tokens;
                long hidden = IntStream.range(first, first + tokens)
                        .filter(i -> choice.mask()[i] == 1)
                        .count();
                assertEquals(hidden, choice.counts()[b], "step " + step + " image " + b);
            }
            int[] expected = IntStream.range(0, choice.mask().length)
                    .filter(i -> choice.mask()[i] == 1)
                    .map(i -> i / tokens * (1 + tokens) + 1 + i % tokens)
                    .toArray();
            assertArrayEquals(expected, Arrays.copyOf(choice.rows(), choice.masked()), "step " + step);
        }
    }

    /** The same seed and step: hint hides what high hides, less some of the most attended, never more. */
    @Test
    void hintIsASubsetOfHigh() {
        int revealed = 0;
        for (int step = 0; step < STEPS; step++) {
            Choice high = choose(BACKEND, config(MaskStrategy.HIGH), GRID, SEED, step);
            Choice hint = choose(BACKEND, config(MaskStrategy.HINT), GRID, SEED, step);
            for (int i = 0; i < high.mask().length; i++) {
                assertTrue(hint.mask()[i] <= high.mask()[i], "step " + step + " token " + i);
            }
            revealed += high.masked() - hint.masked();
        }
        assertTrue(revealed > 0, "hint reveals nothing at all");
    }

    /** High and low of a step hide the same number, and disjoint tokens while that is at most half. */
    @Test
    void lowHidesAsManyOthers() {
        for (int step = 0; step < STEPS; step++) {
            Choice high = choose(BACKEND, config(MaskStrategy.HIGH), GRID, SEED, step);
            Choice low = choose(BACKEND, config(MaskStrategy.LOW), GRID, SEED, step);
            assertArrayEquals(high.counts(), low.counts());
            for (int i = 0; i < high.mask().length; i++) {
                assertTrue(high.mask()[i] + low.mask()[i] < 2, "step " + step + " token " + i);
            }
        }
    }

    /** Of the quarter of least attended tokens, 13 of 54, each is hidden as often as its probability says. */
    @Test
    void mstHidesSomeOfTheLeastAttendedOfEveryImage() {
        int candidates = 13;
        int hidden = 0;
        for (int step = 0; step < STEPS; step++) {
            double[] scores = Trial.normal("scores of " + step, IMAGES * GRID.tokens());
            byte[] mask =
                    choose(BACKEND, config(MaskStrategy.MST), GRID, SEED, step).mask();
            for (int i = 0; i < mask.length; i++) {
                int first = i / GRID.tokens() * GRID.tokens();
                double score = scores[i];
                long lower = IntStream.range(first, first + GRID.tokens())
                        .filter(n -> scores[n] < score)
                        .count();
                assertTrue(mask[i] == 0 || lower < candidates, "step " + step + " token " + i);
                hidden += mask[i];
            }
        }
        int trials = STEPS * IMAGES * candidates;
        double p = new BinomialTest().binomialTest(trials, hidden, 0.6, AlternativeHypothesis.TWO_SIDED);
        assertTrue(p > 1e-3, hidden + " of " + trials + ", p " + p);
    }

    /** The ratio is at least 0.1, so an image without a hidden token is one that the coin left out. */
    @Test
    void theCoinIsTheSameForAllStrategies() {
        int left = 0;
        for (int step = 0; step < STEPS; step++) {
            boolean[] high = maskedImages(MaskStrategy.HIGH, step);
            for (MaskStrategy strategy : List.of(MaskStrategy.LOW, MaskStrategy.BLOCK, MaskStrategy.RANDOM)) {
                assertArrayEquals(high, maskedImages(strategy, step), strategy + " at step " + step);
            }
            boolean[] hint = maskedImages(MaskStrategy.HINT, step);
            for (int b = 0; b < IMAGES; b++) {
                assertTrue(high[b] || !hint[b], "hint masks an image that high leaves");
                left += high[b] ? 0 : 1;
            }
        }
        assertTrue(left > 0 && left < STEPS * IMAGES, left + " images left unmasked");
    }

    private static boolean[] maskedImages(MaskStrategy strategy, int step) {
        int[] counts = choose(BACKEND, config(strategy), GRID, SEED, step).counts();
        boolean[] masked = new boolean[IMAGES];
        for (int b = 0; b < IMAGES; b++) {
            masked[b] = counts[b] > 0;
        }
        return masked;
    }

    /** Whatever the law and the grid; {@link #choose} has room for the capacity only, so more would fail there. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void theCapacityIsNeverExceeded(MaskStrategy strategy) {
        List<List<Double>> ratios = List.of(List.of(0.3), List.of(0.0, 0.3), List.of(0.75), List.of(0.5), List.of(0.0));
        List<List<Double>> widths = List.of(List.of(0.2), List.of(0.0, 0.2), List.of(0.0), List.of(0.5), List.of(0.0));
        for (int law = 0; law < ratios.size(); law++) {
            MaskConfig config = new MaskConfig(strategy, ratios.get(law), widths.get(law), 1, 0.1, 0.125, 1, 0, -1);
            for (Grid grid : List.of(new Grid(1, 1), new Grid(2, 3), new Grid(3, 7), new Grid(14, 14))) {
                int capacity = new Masker(config, grid, SEED).capacity(IMAGES);
                for (int step = 0; step < STEPS; step++) {
                    int masked = choose(BACKEND, config, grid, SEED, step).masked();
                    assertTrue(masked <= capacity, config + ", grid " + grid + ": " + masked + " of " + capacity);
                }
            }
        }
    }

    /** Attention strategies draw one ratio a step: all masked images hide as many. */
    @Test
    void attentionStrategiesDrawTheRatioOnceAStep() {
        boolean differs = false;
        int before = -1;
        for (int step = 0; step < STEPS; step++) {
            int[] counts = Arrays.stream(choose(BACKEND, config(MaskStrategy.HIGH), GRID, SEED, step)
                            .counts())
                    .filter(count -> count > 0)
                    .distinct()
                    .toArray();
            assertTrue(counts.length <= 1, Arrays.toString(counts));
            if (counts.length == 1) {
                assertTrue(counts[0] >= (int) (0.1 * GRID.tokens()) && counts[0] <= 0.5 * GRID.tokens());
                differs |= before >= 0 && before != counts[0];
                before = counts[0];
            }
        }
        assertTrue(differs, "every step draws the same ratio");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendMasksTheSame(Backends.Subject subject) {
        for (MaskStrategy strategy : MaskStrategy.values()) {
            for (int step = 0; step < 10 && strategy != MaskStrategy.NONE; step++) {
                Choice expected = choose(BACKEND, config(strategy), GRID, SEED, step);
                Choice actual = choose(subject.backend(), config(strategy), GRID, SEED, step);
                assertArrayEquals(expected.mask(), actual.mask(), strategy + " at step " + step);
                assertArrayEquals(expected.counts(), actual.counts());
                assertArrayEquals(expected.rows(), actual.rows());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void seedAndStepDecide(MaskStrategy strategy) {
        Choice one = choose(BACKEND, config(strategy), GRID, SEED, 5);
        assertArrayEquals(
                one.mask(), choose(BACKEND, config(strategy), GRID, SEED, 5).mask());
        assertTrue(
                !Arrays.equals(
                        one.mask(),
                        choose(BACKEND, config(strategy), GRID, SEED + 1, 5).mask()),
                "seed");
        assertTrue(
                !Arrays.equals(
                        one.mask(),
                        choose(BACKEND, config(strategy), GRID, SEED, 6).mask()),
                "step");
    }

    @Test
    void noneMasksNothing() {
        assertNull(choose(BACKEND, config(MaskStrategy.NONE), GRID, SEED, 0).counts());
    }
}
