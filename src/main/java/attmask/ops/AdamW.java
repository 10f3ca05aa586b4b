package attmask.ops;

import attmask.tensor.Tensor;
import java.util.List;

/**
 * One AdamW step (Loshchilov and Hutter 2019) for every parameter, each at its own learning rate lr: p ← p·(1 − lr·decay); m ← β₁m + (1−β₁)g; v ← β₂v +
 * (1−β₂)g²; p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
 *
 * <p>Shapes: parameters, gradients, first (m) and second (v) moments are flat and alike, parameters at the segments.
 */
public abstract class AdamW {
    /** β₁, β₂ and ε. */
    public record Betas(double first, double second, double epsilon) {
        /** The published values. */
        public static final Betas DEFAULT = new Betas(0.9, 0.999, 1e-8);
    }

    /**
     * One parameter's part in a step.
     *
     * @param rate times the learning rate is its own
     * @param decay its weight decay, 0 for biases and norms
     * @param step t ≥ 1, the number of updates this parameter will then have had; 0 leaves the parameter, its decay
     *     included, untouched (a frozen layer counts its own steps, as PyTorch does when a gradient is absent)
     */
    public record Update(Segment segment, double rate, double decay, int step) {
        /** At the learning rate. */
        public Update(Segment segment, double decay, int step) {
            this(segment, 1, decay, step);
        }
    }

    public final void step(
            Tensor parameters,
            Tensor gradients,
            Tensor first,
            Tensor second,
            List<Update> updates,
            double learningRate,
            Betas betas) {
        Require.count("adam_w", "gradients", gradients, parameters.count());
        Require.count("adam_w", "first moments", first, parameters.count());
        Require.count("adam_w", "second moments", second, parameters.count());
        compute(parameters, gradients, first, second, updates, learningRate, betas);
    }

    protected abstract void compute(
            Tensor parameters,
            Tensor gradients,
            Tensor first,
            Tensor second,
            List<Update> updates,
            double learningRate,
            Betas betas);
}
