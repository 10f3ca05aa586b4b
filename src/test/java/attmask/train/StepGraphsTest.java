package attmask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.MaskStrategy;
import attmask.config.Precision;
import attmask.cuda.GraphDriver;
import attmask.ops.Backend;
import attmask.ops.cuda.CudaBackend;
import attmask.testkit.DriverCalls;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the host has to queue in a training step, with CUDA graphs and without; no kernel runs. */
class StepGraphsTest {
    private static final int STEPS = 10;

    private static DriverCalls calls(String shape, MaskStrategy strategy, boolean graphs) {
        DriverCalls calls = DriverCalls.ofNothing();
        try (Backend backend = graphs
                        ? new CudaBackend(new GraphDriver(calls.driver()), Precision.BF16)
                        : new CudaBackend(calls.driver(), Precision.BF16);
                StepBenchmark step = new StepBenchmark(StepShape.named(shape), 2, strategy, backend)) {
            step.run(2, 1);
            calls.reset();
            step.run(0, STEPS);
        }
        return calls;
    }

    @ParameterizedTest
    @CsvSource({"small-2+0, HIGH", "small-2+6, HIGH", "small-2+6, RANDOM", "tiny32-2+4, HINT"})
    void mostOfAStepIsGraphs(String shape, MaskStrategy strategy) {
        DriverCalls with = calls(shape, strategy, true);
        DriverCalls without = calls(shape, strategy, false);
        System.out.printf(
                "%s %s: %d calls a step; with graphs %d and %d graphs%n",
                shape, strategy, without.single() / STEPS, with.single() / STEPS, with.graphs() / STEPS);
        assertEquals(0, with.captures(), "graphs are still made after the first steps");
        assertEquals(0, without.graphs());
        assertTrue(with.single() + with.graphs() < without.single() / 3);
    }
}
