package attmask.ops;

import attmask.tensor.Tensor;
import java.util.List;

/**
 * Each parameter's gradient clipped by its own L2 norm, as DINO does (not by the global norm): g ← g · min(1, max / (‖g‖
 * + 1e-6)).
 *
 * <p>Shapes: gradients is flat, its parameters at the segments; norms (number of segments).
 */
public abstract class ClipGradients {
    /** Added to the norm, as in PyTorch's clipping. */
    public static final double EPSILON = 1e-6;

    /** Also writes each parameter's norm before clipping; {@code max} 0 measures without clipping. */
    public final void apply(Tensor gradients, Tensor norms, List<Segment> segments, double max) {
        Require.count("clip_gradients", "norms", norms, segments.size());
        compute(gradients, norms, segments, max);
    }

    protected abstract void compute(Tensor gradients, Tensor norms, List<Segment> segments, double max);
}
