package attmask.benchmarks;

import attmask.ops.Segment;
import attmask.ops.Sgd.Update;
import attmask.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;

/** Eight linear heads from four blocks' [CLS] to ImageNet's classes, each at its own rate. */
public class SgdBenchmark extends OpBenchmark {
    private static final int HEADS_SWEPT = 8;
    private static final int HEAD = 4 * WIDTH * 1000;

    private final List<Update> updates = IntStream.range(0, HEADS_SWEPT)
            .mapToObj(head -> new Update(new Segment((long) head * HEAD, HEAD), 1e-6 * (head + 1)))
            .toList();
    private Tensor parameters, gradients, velocity;

    @Override
    void plan() {
        parameters = reals(HEADS_SWEPT * HEAD);
        gradients = reals(HEADS_SWEPT * HEAD);
        velocity = reals(HEADS_SWEPT * HEAD);
    }

    @Benchmark
    public void step(Work work) {
        // Parameters and velocity are read and written.
        long bytes = 2 * moved(parameters, velocity) + moved(gradients);
        run(work, bytes, 4.0 * parameters.count(), () -> backend()
                .sgd()
                .step(parameters, gradients, velocity, updates, 0.9));
    }
}
