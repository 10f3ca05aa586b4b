package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The head's rows before the prototypes, (B + M, 256). */
public class L2NormalizeBenchmark extends OpBenchmark {
    private Tensor y, norm, x, dx, dy;

    @Override
    void plan() {
        int rows = crops() + masked();
        y = activations(rows, BOTTLENECK);
        x = activations(rows, BOTTLENECK);
        dx = activations(rows, BOTTLENECK);
        dy = activations(rows, BOTTLENECK);
        norm = reals(rows);
    }

    @Override
    void prepare() {
        backend().l2Normalize().forward(y, norm, x);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(y, norm, x), 3.0 * x.count(), () -> backend()
                .l2Normalize()
                .forward(y, norm, x));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(dx, dy, y, norm), 5.0 * y.count(), () -> backend()
                .l2Normalize()
                .backward(dx, dy, y, norm));
    }
}
