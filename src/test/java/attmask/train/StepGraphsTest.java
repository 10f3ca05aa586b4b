package attmask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.HeadConfig;
import attmask.config.MaskStrategy;
import attmask.config.ModelConfig;
import attmask.config.Precision;
import attmask.config.Size;
import attmask.cuda.GraphDriver;
import attmask.ops.Backend;
import attmask.ops.cuda.CudaBackend;
import attmask.testkit.DriverCalls;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the host has to queue in a training step, with CUDA graphs and without; no kernel runs. */
class StepGraphsTest {
    private static final int STEPS = 10;

    /** As deep as ViT-Small; calls depend on the network's depth, not on its widths. */
    private static final StepShape SHAPE = new StepShape(
            "small, but narrow",
            new ModelConfig(Size.square(224), 16, 96, 12, 3, 4, 0.1),
            new HeadConfig(32, 16, 64, 64, true, false),
            6,
            96);

    private static DriverCalls calls(MaskStrategy strategy, boolean graphs) {
        DriverCalls calls = DriverCalls.ofNothing();
        try (Backend backend = graphs
                        ? new CudaBackend(new GraphDriver(calls.driver()), Precision.BF16)
                        : new CudaBackend(calls.driver(), Precision.BF16);
                StepBenchmark step = new StepBenchmark(SHAPE, 2, strategy, backend)) {
            step.run(2, 1);
            calls.reset();
            step.run(0, STEPS);
        }
        return calls;
    }

    @ParameterizedTest
    @EnumSource(
            value = MaskStrategy.class,
            names = {"HIGH", "RANDOM", "NONE"})
    void mostOfAStepIsGraphs(MaskStrategy strategy) {
        DriverCalls with = calls(strategy, true);
        DriverCalls without = calls(strategy, false);
        System.out.printf(
                "%s: %d calls a step; with graphs %d and %d graphs%n",
                strategy, without.single() / STEPS, with.single() / STEPS, with.graphs() / STEPS);
        assertEquals(0, with.captures(), "graphs are still made after the first steps");
        assertEquals(0, without.graphs());
        assertTrue(with.single() + with.graphs() < without.single() / 5);
    }
}
