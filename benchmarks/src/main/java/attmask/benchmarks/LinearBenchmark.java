package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The MLP's first product, (B·T, D) to (B·T, 4·D). */
public class LinearBenchmark extends OpBenchmark {
    private Tensor y, hidden, x, weight, bias;
    private Tensor narrow, next, dweight, dbias;

    @Override
    void plan() {
        y = activations(rows(), HIDDEN);
        hidden = activations(rows(), HIDDEN);
        x = activations(rows(), WIDTH);
        weight = activations(HIDDEN, WIDTH);
        bias = reals(HIDDEN);
        narrow = activations(rows(), WIDTH);
        next = activations(WIDTH, HIDDEN);
        dweight = reals(HIDDEN, WIDTH);
        dbias = reals(HIDDEN);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(y, x, weight, bias), product(), () -> backend().linear().forward(y, x, weight, bias));
    }

    @Benchmark
    public void forwardGelu(Work work) {
        long bytes = moved(y, hidden, x, weight, bias);
        run(work, bytes, product(), () -> backend().linear().forwardGelu(y, hidden, x, weight, bias));
    }

    @Benchmark
    public void backwardInputGelu(Work work) {
        long bytes = moved(y, hidden, narrow, next);
        run(work, bytes, product(), () -> backend().linear().backwardInputGelu(y, narrow, next, hidden));
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
