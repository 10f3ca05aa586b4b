package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The teacher's outputs for [CLS], (B, K), centred and sharpened. */
public class SoftmaxBenchmark extends OpBenchmark {
    private static final double TEMPERATURE = 0.04;

    private Tensor y, x, center, dx, dy;

    @Override
    void plan() {
        y = reals(crops(), PROTOTYPES);
        x = reals(crops(), PROTOTYPES);
        center = reals(PROTOTYPES);
        dx = reals(crops(), PROTOTYPES);
        dy = reals(crops(), PROTOTYPES);
    }

    @Override
    void prepare() {
        backend().softmax().forward(y, x, center, TEMPERATURE);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(y, x), 6.0 * x.count(), () -> backend().softmax().forward(y, x, center, TEMPERATURE));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(dx, dy, y), 5.0 * y.count(), () -> backend().softmax().backward(dx, dy, y, TEMPERATURE));
    }
}
