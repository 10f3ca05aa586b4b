package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** A block's branch, (B·T, D), with drop path. */
public class ResidualBenchmark extends OpBenchmark {
    private Tensor y, x, branch, keep;

    @Override
    void plan() {
        y = activations(rows(), WIDTH);
        x = activations(rows(), WIDTH);
        branch = activations(rows(), WIDTH);
        keep = reals(crops());
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(y, x, branch), 2.0 * y.count(), () -> backend()
                .residual()
                .forward(y, x, branch, keep));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(branch, y), y.count(), () -> backend().residual().backward(branch, y, keep));
    }
}
