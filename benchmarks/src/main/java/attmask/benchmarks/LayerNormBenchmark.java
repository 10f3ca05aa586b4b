package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** (B·T, D). */
public class LayerNormBenchmark extends OpBenchmark {
    private static final double EPSILON = 1e-6;

    private Tensor y, mean, rstd, x, gamma, beta;
    private Tensor dx, dgamma, dbeta, dy;

    @Override
    void plan() {
        y = activations(rows(), WIDTH);
        mean = reals(rows());
        rstd = reals(rows());
        x = activations(rows(), WIDTH);
        gamma = reals(WIDTH);
        beta = reals(WIDTH);
        dx = activations(rows(), WIDTH);
        dgamma = reals(WIDTH);
        dbeta = reals(WIDTH);
        dy = activations(rows(), WIDTH);
    }

    @Override
    void prepare() {
        backend().layerNorm().forward(y, mean, rstd, x, gamma, beta, EPSILON);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(y, mean, rstd, x), 8.0 * x.count(), () -> backend()
                .layerNorm()
                .forward(y, mean, rstd, x, gamma, beta, EPSILON));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(dx, dx, dy, x, mean, rstd), 16.0 * x.count(), () -> backend()
                .layerNorm()
                .backward(dx, dgamma, dbeta, dy, x, mean, rstd, gamma, true));
    }
}
