package attmask.ops;

import attmask.tensor.Tensor;
import java.util.List;

/**
 * One step of stochastic gradient descent with momentum, as PyTorch's: v ← μ·v + g; p ← p − rate·v.
 *
 * <p>Shapes: parameters, gradients and velocity (v) are flat and alike, parameters at the segments.
 */
public abstract class Sgd {
    /** One segment's part in a step; what no segment names is left untouched. */
    public record Update(Segment segment, double rate) {}

    public final void step(
            Tensor parameters, Tensor gradients, Tensor velocity, List<Update> updates, double momentum) {
        Require.count("sgd", "gradients", gradients, parameters.count());
        Require.count("sgd", "velocity", velocity, parameters.count());
        Require.that(momentum >= 0 && momentum < 1, "sgd", "momentum " + momentum + " is outside [0, 1)");
        compute(parameters, gradients, velocity, updates, momentum);
    }

    protected abstract void compute(
            Tensor parameters, Tensor gradients, Tensor velocity, List<Update> updates, double momentum);
}
