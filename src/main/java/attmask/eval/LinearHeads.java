package attmask.eval;

import attmask.nn.Classifier;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.ops.Segment;
import attmask.ops.Sgd;
import attmask.optim.MomentumSgd;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Linear heads that learn from the same features, each at its own rate: one matrix product, one loss and one update for
 * all of them. H heads, C classes, F features.
 */
final class LinearHeads implements AutoCloseable {
    private static final double MOMENTUM = 0.9;

    private final Backend backend;
    private final int heads;
    private final int classes;
    private final Arena arena = new Arena("linear heads");
    private final Parameters values;
    private final Parameters gradients;
    private final Weights weights;
    private final Classifier classifier;
    private final MomentumSgd optimizer;
    private final HeadPredictor predictor;
    private final Tensor x;
    private final Tensor targets;
    private final Tensor dlogits;
    private final Tensor loss;
    private final float[] targetsHost;
    private final float[] lossHost;

    /**
     * Takes the memory.
     *
     * @param rates of each head
     * @param batch most images of a step
     */
    LinearHeads(Backend backend, int width, int classes, double[] rates, int batch) {
        this.backend = backend;
        this.classes = classes;
        heads = rates.length;
        values = new Parameters(NetworkParameters.classifiers(heads, classes, width), arena, backend);
        gradients = new Parameters(values.layout(), arena, backend);
        weights = new Weights(backend, values, gradients, arena);
        classifier = new Classifier(weights, batch, arena);
        optimizer = new MomentumSgd(backend, values, gradients, parts(rates), MOMENTUM, arena);
        predictor = new HeadPredictor(backend, values, heads, batch, arena);
        x = arena.tensor(backend.activation(), batch, width);
        targets = arena.tensor(backend.real(), batch, classes);
        dlogits = arena.tensor(backend.activation(), batch, heads * classes);
        loss = arena.tensor(backend.real(), batch * heads);
        targetsHost = new float[batch * classes];
        lossHost = new float[batch * heads];
        arena.allocate(backend::allocate);
    }

    /** Each head's share of the weight and of the bias. */
    private List<Sgd.Update> parts(double[] rates) {
        List<Sgd.Update> parts = new ArrayList<>();
        for (Parameter parameter : values.layout().parameters()) {
            int length = parameter.segment().length() / heads;
            for (int head = 0; head < heads; head++) {
                Segment part = new Segment(parameter.segment().offset() + (long) head * length, length);
                parts.add(new Sgd.Update(part, rates[head]));
            }
        }
        return parts;
    }

    /**
     * One update of all heads.
     *
     * @param features (at least count, F)
     * @param labels (at least count)
     * @param share of the rates
     * @return the lowest of the heads' mean losses before the update
     */
    double step(float[] features, int[] labels, int count, double share) {
        Tensor in = x.rows(0, count);
        backend.write(in, features, 0);
        for (int i = 0; i < count; i++) {
            targetsHost[i * classes + labels[i]] = 1;
        }
        Tensor target = targets.rows(0, count);
        backend.write(target, targetsHost, 0);
        for (int i = 0; i < count; i++) {
            targetsHost[i * classes + labels[i]] = 0;
        }
        weights.refresh();
        Tensor logits = classifier.forward(in).view(count * heads, classes);
        Tensor gradient = dlogits.rows(0, count);
        backend.crossEntropy()
                .forwardBackward(
                        loss.rows(0, count * heads),
                        gradient.view(count * heads, classes),
                        logits,
                        target,
                        1.0 / count);
        backend.zero(gradients.flat());
        classifier.backward(null, gradient, in);
        optimizer.step(share);
        return lowestLoss(count);
    }

    private double lowestLoss(int count) {
        backend.read(loss, lossHost);
        double lowest = Double.POSITIVE_INFINITY;
        for (int head = 0; head < heads; head++) {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += lossHost[i * heads + head];
            }
            lowest = sum < lowest ? sum : lowest;
        }
        return lowest;
    }

    /** Top-1 in percent of each head. */
    double[] accuracy(Features images) {
        return predictor.accuracy(images);
    }

    /** (C, F) of a head. */
    float[] weight(int head) {
        return part("head.weight", head);
    }

    /** (C) of a head. */
    float[] bias(int head) {
        return part("head.bias", head);
    }

    private float[] part(String name, int head) {
        Tensor part = values.get(name).rows(head * classes, classes);
        float[] host = new float[Math.toIntExact(part.count())];
        backend.read(part, host);
        return host;
    }

    @Override
    public void close() {
        arena.close();
    }
}
