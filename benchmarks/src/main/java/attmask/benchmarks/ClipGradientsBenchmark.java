package attmask.benchmarks;

import attmask.nn.NetworkParameters;
import attmask.nn.Parameter;
import attmask.nn.ParameterLayout;
import attmask.ops.Segment;
import attmask.tensor.Tensor;
import attmask.train.StepShape;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;

/** All gradients of a student with its head, each parameter by its own norm. */
public class ClipGradientsBenchmark extends OpBenchmark {
    private final StepShape shape = StepShape.named("small-2+0");
    private final ParameterLayout layout = NetworkParameters.student(shape.model(), shape.head());
    private final List<Segment> segments =
            layout.parameters().stream().map(Parameter::segment).toList();
    private Tensor gradients, norms;

    @Override
    void plan() {
        gradients = reals(layout.elements());
        norms = reals(segments.size());
    }

    @Benchmark
    public void apply(Work work) {
        // No gradient is over the bound, as in most steps; one that is would be read and written once more.
        run(work, moved(gradients), 2.0 * gradients.count(), () -> backend()
                .clipGradients()
                .apply(gradients, norms, segments, 1e9));
    }
}
