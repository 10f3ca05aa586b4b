package attmask.benchmarks;

import attmask.nn.NetworkParameters;
import attmask.tensor.Tensor;
import attmask.train.StepShape;
import org.openjdk.jmh.annotations.Benchmark;

/** All parameters of a teacher with its head. */
public class EmaBenchmark extends OpBenchmark {
    private final StepShape shape = StepShape.named("small-2+0");
    private final int elements =
            NetworkParameters.teacher(shape.model(), shape.head()).elements();
    private Tensor average, value;

    @Override
    void plan() {
        average = reals(elements);
        value = reals(elements);
    }

    @Benchmark
    public void update(Work work) {
        run(work, moved(average, average, value), 3.0 * value.count(), () -> backend()
                .ema()
                .update(average, value, 0.996));
    }
}
