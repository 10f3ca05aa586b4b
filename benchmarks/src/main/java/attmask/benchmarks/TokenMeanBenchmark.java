package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The teacher's outputs for [CLS], (B, K), for their center. */
public class TokenMeanBenchmark extends OpBenchmark {
    private Tensor mean, x;

    @Override
    void plan() {
        mean = reals(PROTOTYPES);
        x = reals(crops(), PROTOTYPES);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(x), x.count(), () -> backend().tokenMean().forward(mean, x, 1, 0));
    }
}
