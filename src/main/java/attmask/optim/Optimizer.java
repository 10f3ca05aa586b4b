package attmask.optim;

import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.ops.AdamW;
import attmask.ops.Backend;
import attmask.ops.Segment;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

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
    private final double[] normsHost;
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
        normsHost = new double[trained.size()];
        steps = new int[trained.size()];
    }

    /**
     * Clips every gradient by its own norm. Nothing learned changes.
     *
     * @param max largest norm of one parameter's gradient; 0 does not clip
     * @return the parameters whose gradients are not finite, in the order of the layout
     */
    public List<Parameter> clip(double max) {
        backend.clipGradients().apply(gradients.flat(), norms, segments, max);
        backend.read(norms, normsHost);
        return IntStream.range(0, normsHost.length)
                .filter(i -> !Double.isFinite(normsHost[i]))
                .mapToObj(trained::get)
                .toList();
    }

    /**
     * One update from the gradients as {@link #clip} left them.
     *
     * @param weightDecay for the parameters that are decayed, mostly those of two or more dimensions
     * @param freezeLastLayer leave the head's last layers untouched
     */
    public void step(double learningRate, double weightDecay, boolean freezeLastLayer) {
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

    /**
     * A parameter of which a value is not finite: the first of the trained ones that {@code values} has, if any.
     *
     * @param values weights or moments, laid out as the trained network or as its beginning
     */
    public Optional<Parameter> nonFinite(Parameters values) {
        long shared = values.layout().elements();
        int count = (int)
                segments.stream().filter(segment -> segment.offset() < shared).count();
        double[] host = new double[count];
        Tensor some = norms.slice(0, count);
        backend.clipGradients().apply(values.flat(), some, segments.subList(0, count), 0);
        backend.read(some, host);
        // Squares of large numbers overflow before the numbers do.
        return IntStream.range(0, count)
                .filter(i -> !Double.isFinite(host[i]))
                .mapToObj(trained::get)
                .filter(parameter -> !finite(values.get(parameter.name())))
                .findFirst();
    }

    private boolean finite(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.count())];
        backend.read(tensor, values);
        return Arrays.stream(values).allMatch(Double::isFinite);
    }

    /** L2 norms of the trained parameters' gradients before the last clipping. */
    public double[] gradientNorms() {
        return normsHost.clone();
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
