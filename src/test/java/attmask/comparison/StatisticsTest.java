package attmask.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.train.StepTimes;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers of the tables, from runs made up. */
class StatisticsTest {
    /** Sample deviation of 1, 2, 3 is 1; t of two degrees of freedom at 97.5 % is 4.302653 (any table). */
    @Test
    void theIntervalIsStudents() {
        PairedDifference difference = PairedDifference.of(new double[] {1, 2, 3});
        assertEquals(2, difference.mean(), 1e-12);
        assertEquals(4.302653 / Math.sqrt(3), difference.halfWidth(), 1e-6);
        assertFalse(difference.distinct());
        assertTrue(PairedDifference.of(new double[] {-2.0, -2.1, -1.9}).distinct());
        assertEquals("+2.00 [-0.48, +4.48]", difference.toString());
    }

    @Test
    void onePairHasNoInterval() {
        PairedDifference difference = PairedDifference.of(new double[] {7});
        assertFalse(difference.distinct());
        assertEquals("+7.00 (one seed)", difference.toString());
    }

    private static LearningCurve curve(double... points) {
        TreeMap<Integer, Double> curve = new TreeMap<>();
        for (int i = 0; i < points.length; i++) {
            curve.put(i, points[i]);
        }
        return new LearningCurve(curve);
    }

    @Test
    void epochsAreInterpolatedToTheFirstCrossing() {
        LearningCurve curve = curve(20, 10, 30, 25, 40);
        assertEquals(1.75, curve.epochsTo(25).orElseThrow(), 1e-12);
        assertEquals(0, curve.epochsTo(15).orElseThrow());
        assertEquals(4, curve.epochsTo(40).orElseThrow());
        assertEquals(OptionalDouble.empty(), curve.epochsTo(40.1));
        LearningCurve sparse = new LearningCurve(new TreeMap<>(Map.of(0, 10.0, 5, 20.0)));
        assertEquals(2.5, sparse.epochsTo(15).orElseThrow(), 1e-12);
    }

    private static RunResult result(String mask, long seed, double accuracy, double stepMillis) {
        return new RunResult(
                new PlannedRun("ibot", mask, 100, seed),
                Map.of("10-NN", accuracy),
                curve(10, accuracy / 2, accuracy),
                new StepTimes(stepMillis, stepMillis / 2));
    }

    @Test
    void resultsArePairedBySeed() {
        Plan plan = Plan.of(List.of("ibot"), List.of("block", "high"), List.of(100.0), List.of(1L, 2L, 3L));
        Results results = new Results(
                plan,
                plan.variant("block"),
                10,
                List.of(
                        result("block", 1, 30, 100),
                        result("block", 2, 50, 200),
                        result("high", 2, 51, 220),
                        result("high", 1, 33, 105),
                        result("high", 3, 90, 105)));
        PairedDifference difference =
                results.difference(plan.variant("high"), 100, "10-NN").orElseThrow();
        assertEquals(2, difference.seeds(), "the third seed has no partner");
        assertEquals(2, difference.mean(), 1e-12);
        assertEquals(
                7.5,
                results.overhead(plan.variant("high"), 100, StepTimes::median)
                        .orElseThrow()
                        .mean(),
                1e-12);
        String tables = new ComparisonReport(null, results, Map.of()).tables();
        assertTrue(tables.contains("40.00 ± 14.14"), tables);
        assertTrue(tables.contains("1 of 6 runs are not finished"), tables);
        assertTrue(tables.contains("not to be told apart: high (+2.00)"), tables);
    }

    @Test
    void plansTakeEveryStrategyWithTheFirstSeedFirstAndGrow() {
        Plan plan = Plan.of(List.of("ibot"), List.of("block", "high"), List.of(100.0), List.of(3L, 1L));
        assertEquals(
                List.of(
                        "ibot-block-100pct-seed3",
                        "ibot-high-100pct-seed3",
                        "ibot-block-100pct-seed1",
                        "ibot-high-100pct-seed1"),
                plan.runs().stream().map(PlannedRun::name).toList());
        Plan more = plan.with(Plan.of(List.of("iBOT"), List.of("random:0.750"), List.of(12.5), List.of(3L)));
        assertEquals("ibot-random-0.75-12.5pct-seed3", more.runs().get(2).name());
        assertEquals(5, more.runs().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "random:", "random:2", "random:0", "random:-1", "random:x", "", ":0.5"})
    void unknownStrategiesAreRefused(String mask) {
        String message =
                assertThrows(UserException.class, () -> Choice.mask(mask)).getMessage();
        assertTrue(message.startsWith("--masks " + mask), message);
    }

    @Test
    void unknownMethodsAndBaselinesAreRefused() {
        assertThrows(UserException.class, () -> Choice.method("mae"));
        Plan plan = Plan.of(List.of("ibot"), List.of("high"), List.of(100.0), List.of(1L));
        assertThrows(UserException.class, () -> plan.variant("block"));
        assertThrows(UserException.class, () -> Plan.of(List.of(), List.of(), List.of(), List.of()));
    }
}
