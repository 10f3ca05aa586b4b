package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Global crops, (B, 3, 224, 224), to patches, (B·N, 3·16·16). */
public class UnfoldBenchmark extends OpBenchmark {
    private Tensor patches, pixels;

    @Override
    void plan() {
        patches = activations(crops() * SIDE * SIDE, 3 * PATCH * PATCH);
        pixels = reals(crops(), 3, SIDE * PATCH, SIDE * PATCH);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(patches, pixels), 0, () -> backend().unfold().forward(patches, pixels, PATCH));
    }
}
