package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** MST's restoration loss of the global crops' patches, (B·N, 3·16·16), with its gradient in place of the pixels. */
public class L1LossBenchmark extends OpBenchmark {
    private Tensor rowLoss, pixels, targets;

    @Override
    void plan() {
        int rows = crops() * SIDE * SIDE;
        rowLoss = reals(rows);
        pixels = reals(rows, 3 * PATCH * PATCH);
        targets = reals(rows, 3 * PATCH * PATCH);
    }

    @Benchmark
    public void forwardBackward(Work work) {
        run(work, moved(pixels, pixels, targets), 0, () -> backend()
                .l1Loss()
                .forwardBackward(rowLoss, pixels, pixels, targets, 1));
    }
}
