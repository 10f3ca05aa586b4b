package attmask.benchmarks;

import attmask.ops.Grid;
import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Positions of the global crops' 14×14 patches to the 6×6 of local ones. */
public class PositionResizeBenchmark extends OpBenchmark {
    private static final Grid GLOBAL = new Grid(SIDE, SIDE);
    private static final Grid LOCAL = new Grid(6, 6);

    /** Bicubic: 4 × 4 neighbours. */
    private static final int TAPS = 16;

    private Tensor out, positions;

    @Override
    void plan() {
        out = reals(1 + LOCAL.tokens(), WIDTH);
        positions = reals(1 + GLOBAL.tokens(), WIDTH);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(out, positions), 2.0 * TAPS * out.count(), () -> backend()
                .positionResize()
                .forward(out, positions, GLOBAL, LOCAL));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(out, positions, positions), 2.0 * TAPS * out.count(), () -> backend()
                .positionResize()
                .backward(positions, out, GLOBAL, LOCAL));
    }
}
