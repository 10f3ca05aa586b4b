package attmask.benchmarks;

import attmask.nn.NetworkParameters;
import attmask.nn.ParameterLayout;
import attmask.ops.AdamW.Betas;
import attmask.ops.AdamW.Update;
import attmask.tensor.Tensor;
import attmask.train.StepShape;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;

/** All parameters of a student with its head. */
public class AdamWBenchmark extends OpBenchmark {
    private final StepShape shape = StepShape.named("small-2+0");
    private final ParameterLayout layout = NetworkParameters.student(shape.model(), shape.head());
    private final List<Update> updates = layout.parameters().stream()
            .map(parameter -> new Update(parameter.segment(), parameter.decayed() ? 0.04 : 0, 7))
            .toList();
    private Tensor parameters, gradients, first, second;

    @Override
    void plan() {
        parameters = reals(layout.elements());
        gradients = reals(layout.elements());
        first = reals(layout.elements());
        second = reals(layout.elements());
    }

    @Override
    void prepare() {
        fill(second, 1, 0.1);
    }

    @Benchmark
    public void step(Work work) {
        // Parameters and moments are read and written.
        long bytes = 2 * moved(parameters, first, second) + moved(gradients);
        run(work, bytes, 15.0 * parameters.count(), () -> backend()
                .adamW()
                .step(parameters, gradients, first, second, updates, 1e-6, Betas.DEFAULT));
    }
}
