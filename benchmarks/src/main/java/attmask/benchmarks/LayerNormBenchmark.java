package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** (B·T, D): of x, and of the sum of x and a branch with drop path. */
public class LayerNormBenchmark extends OpBenchmark {
    private static final double EPSILON = 1e-6;

    private Tensor y, mean, rstd, x, gamma, beta;
    private Tensor sum, branch, keep;
    private Tensor dx, dbranch, dgamma, dbeta, dy;

    @Override
    void plan() {
        y = activations(rows(), WIDTH);
        mean = reals(rows());
        rstd = reals(rows());
        x = activations(rows(), WIDTH);
        gamma = reals(WIDTH);
        beta = reals(WIDTH);
        sum = activations(rows(), WIDTH);
        branch = activations(rows(), WIDTH);
        keep = reals(crops());
        dx = activations(rows(), WIDTH);
        dbranch = activations(rows(), WIDTH);
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
    public void forwardSum(Work work) {
        run(work, moved(y, mean, rstd, sum, x, branch), 10.0 * x.count(), () -> backend()
                .layerNorm()
                .forwardSum(y, mean, rstd, sum, x, branch, keep, gamma, beta, EPSILON));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(dx, dx, dy, x, mean, rstd), 16.0 * x.count(), () -> backend()
                .layerNorm()
                .backward(dx, dgamma, dbeta, dy, x, mean, rstd, gamma));
    }

    @Benchmark
    public void backwardSum(Work work) {
        run(work, moved(dx, dx, dbranch, dy, x, mean, rstd), 17.0 * x.count(), () -> backend()
                .layerNorm()
                .backwardSum(dx, dbranch, keep, dgamma, dbeta, dy, x, mean, rstd, gamma));
    }
}
