package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The MLP's first product, (B·T, D) to (B·T, 4·D). */
public class LinearBenchmark extends OpBenchmark {
    private Tensor y, x, weight, bias;
    private Tensor dweight, dbias;

    @Override
    void plan() {
        y = activations(rows(), HIDDEN);
        x = activations(rows(), WIDTH);
        weight = activations(HIDDEN, WIDTH);
        bias = reals(HIDDEN);
        dweight = reals(HIDDEN, WIDTH);
        dbias = reals(HIDDEN);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(y, x, weight, bias), product(), () -> backend().linear().forward(y, x, weight, bias));
    }

    @Benchmark
    public void backwardInput(Work work) {
        run(work, moved(x, y, weight), product(), () -> backend().linear().backwardInput(x, y, weight));
    }

    @Benchmark
    public void backwardWeight(Work work) {
        long bytes = moved(dweight, dweight, y, x);
        run(work, bytes, product(), () -> backend().linear().backwardWeight(dweight, dbias, y, x));
    }

    private double product() {
        return 2.0 * rows() * WIDTH * HIDDEN;
    }
}
