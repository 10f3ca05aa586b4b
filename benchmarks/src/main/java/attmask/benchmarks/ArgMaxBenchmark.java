package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The teacher's outputs for [CLS], (B, K), to clusters. */
public class ArgMaxBenchmark extends OpBenchmark {
    private Tensor index, x;

    @Override
    void plan() {
        index = ints(crops());
        x = reals(crops(), PROTOTYPES);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(x), x.count(), () -> backend().argMax().forward(index, x));
    }
}
