package attmask.optim;

import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.ops.AdamW;
import attmask.ops.Backend;
import attmask.ops.Segment;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** AdamW with per-parameter clipping over a network's trained parameters; it owns the moments and the step counts. */
public final class Optimizer {
    private final Backend backend;
    private final Parameters weights;
    private final Parameters gradients;
    private final Parameters first;
    private final Parameters second;
    private final List<Parameter> trained;
    private final List<Rule> rules;
    private final List<Segment> segments;
    private final Tensor norms;
    private final int[] steps;

    /** The same for one learning rate. */
    public Optimizer(Backend backend, Parameters weights, Parameters gradients, Arena arena) {
        this(backend, weights, gradients, arena, Rule::plain);
    }

    /**
     * Plans the moments in {@code arena}.
     *
     * @param rules each parameter's learning rate and decay
     */
    public Optimizer(
            Backend backend,
            Parameters weights,
            Parameters gradients,
            Arena arena,
            Function<? super Parameter, Rule> rules) {
        this.backend = backend;
        this.weights = weights;
        this.gradients = gradients;
        first = new Parameters(weights.layout(), arena, backend);
        second = new Parameters(weights.layout(), arena, backend);
        trained = weights.layout().parameters().stream()
                .filter(Parameter::trained)
                .toList();
        this.rules = trained.stream().<Rule>map(rules).toList();
        segments = trained.stream().map(Parameter::segment).toList();
        norms = arena.tensor(backend.real(), segments.size());
        steps = new int[trained.size()];
    }

    /**
     * One update.
     *
     * @param weightDecay for the parameters that are decayed, mostly those of two or more dimensions
     * @param clip largest norm of one parameter's gradient; 0 does not clip
     * @param freezeLastLayer leave the head's last layers untouched
     */
    public void step(double learningRate, double weightDecay, double clip, boolean freezeLastLayer) {
        backend.clipGradients().apply(gradients.flat(), norms, segments, clip);
        List<AdamW.Update> updates = new ArrayList<>(trained.size());
        for (int i = 0; i < steps.length; i++) {
            Parameter parameter = trained.get(i);
            boolean frozen = freezeLastLayer && parameter.lastLayer();
            if (!frozen) {
                steps[i]++;
            }
            updates.add(new AdamW.Update(
                    parameter.segment(),
                    rules.get(i).rate(),
                    rules.get(i).decayed() ? weightDecay : 0,
                    frozen ? 0 : steps[i]));
        }
        backend.adamW()
                .step(
                        weights.flat(),
                        gradients.flat(),
                        first.flat(),
                        second.flat(),
                        updates,
                        learningRate,
                        AdamW.Betas.DEFAULT);
    }

    /** L2 norms of the trained parameters' gradients before the last step's clipping. */
    public double[] gradientNorms() {
        double[] values = new double[steps.length];
        backend.read(norms, values);
        return values;
    }

    public Parameters firstMoments() {
        return first;
    }

    public Parameters secondMoments() {
        return second;
    }

    /** Updates that each trained parameter has had; part of a checkpoint. */
    public int[] stepCounts() {
        return steps.clone();
    }

    /** @throws IllegalArgumentException if the number of parameters differs */
    public void restoreStepCounts(int[] counts) {
        if (counts.length != steps.length) {
            throw new IllegalArgumentException(counts.length + " step counts for " + steps.length + " parameters");
        }
        System.arraycopy(counts, 0, steps, 0, steps.length);
    }
}
