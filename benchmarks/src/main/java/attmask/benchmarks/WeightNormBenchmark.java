package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The prototypes, (K, 256). */
public class WeightNormBenchmark extends OpBenchmark {
    private Tensor w, norm, v, g, dv, dg, dw;

    @Override
    void plan() {
        w = activations(PROTOTYPES, BOTTLENECK);
        v = reals(PROTOTYPES, BOTTLENECK);
        dv = reals(PROTOTYPES, BOTTLENECK);
        dw = reals(PROTOTYPES, BOTTLENECK);
        norm = reals(PROTOTYPES);
        g = reals(PROTOTYPES);
        dg = reals(PROTOTYPES);
    }

    @Override
    void prepare() {
        backend().weightNorm().forward(w, norm, v, g);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(w, norm, v, g), 3.0 * v.count(), () -> backend()
                .weightNorm()
                .forward(w, norm, v, g));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(dv, dv, dw, v, g, norm), 7.0 * v.count(), () -> backend()
                .weightNorm()
                .backward(dv, dg, dw, v, g, norm));
    }
}
