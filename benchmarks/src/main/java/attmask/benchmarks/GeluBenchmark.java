package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The MLP's hidden layer, (B·T, 4·D). */
public class GeluBenchmark extends OpBenchmark {
    private Tensor y, x, dx, dy;

    @Override
    void plan() {
        y = activations(rows(), HIDDEN);
        x = activations(rows(), HIDDEN);
        dx = activations(rows(), HIDDEN);
        dy = activations(rows(), HIDDEN);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(y, x), 5.0 * x.count(), () -> backend().gelu().forward(y, x));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(dx, dy, x), 10.0 * x.count(), () -> backend().gelu().backward(dx, dy, x));
    }
}
