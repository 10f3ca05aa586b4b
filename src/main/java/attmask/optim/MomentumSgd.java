package attmask.optim;

import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.ops.Sgd;
import attmask.tensor.Arena;
import java.util.List;

/** Momentum descent over parts of a network's parameters, each at its own rate; it owns the velocity. */
public final class MomentumSgd {
    private final Backend backend;
    private final Parameters weights;
    private final Parameters gradients;
    private final Parameters velocity;
    private final List<Sgd.Update> parts;
    private final double momentum;

    /**
     * Plans the velocity in {@code arena}.
     *
     * @param parts what is trained, with its peak rate
     */
    public MomentumSgd(
            Backend backend,
            Parameters weights,
            Parameters gradients,
            List<Sgd.Update> parts,
            double momentum,
            Arena arena) {
        this.backend = backend;
        this.weights = weights;
        this.gradients = gradients;
        this.parts = List.copyOf(parts);
        this.momentum = momentum;
        velocity = new Parameters(weights.layout(), arena, backend);
    }

    /**
     * One update.
     *
     * @param share of the peak rates, as a schedule gives it
     */
    public void step(double share) {
        List<Sgd.Update> now = parts.stream()
                .map(part -> new Sgd.Update(part.segment(), share * part.rate()))
                .toList();
        backend.sgd().step(weights.flat(), gradients.flat(), velocity.flat(), now, momentum);
    }
}
