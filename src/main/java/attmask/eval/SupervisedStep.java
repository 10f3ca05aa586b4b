package attmask.eval;

import attmask.config.ModelConfig;
import attmask.nn.Classifier;
import attmask.nn.Crops;
import attmask.nn.LastRows;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.optim.LayerDecay;
import attmask.optim.Optimizer;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A training step with labels, and what it learns: a backbone with a linear classifier on its [CLS] token. All memory is
 * planned by the constructor and taken by {@link #allocate}.
 */
public final class SupervisedStep implements AutoCloseable {
    private final Backend backend;
    private final int batch;
    private final Arena weightArena = new Arena("parameters");
    private final Arena gradientArena = new Arena("gradients");
    private final Arena momentArena = new Arena("optimiser state");
    private final Arena activationArena = new Arena("activations");
    private final Parameters values;
    private final Parameters average;
    private final Parameters gradients;
    private final Optimizer optimizer;
    private final Weights weights;
    private final VisionTransformer backbone;
    private final Classifier classifier;
    private final Tensor images;
    private final Tensor targets;
    private final LastRows cls;
    private final Tensor dlogits;
    private final Tensor dtokens;
    private final Tensor loss;
    private final double[] lossHost;

    /**
     * Plans the memory.
     *
     * @param layerDecay factor of the learning rate from one block to the one below
     * @param averaged whether an average of the weights is kept
     */
    public SupervisedStep(
            Backend backend, ModelConfig model, int classes, int batch, double layerDecay, boolean averaged) {
        this.backend = backend;
        this.batch = batch;
        values = new Parameters(NetworkParameters.classifier(model, classes), weightArena, backend);
        average = averaged ? new Parameters(values.layout(), weightArena, backend) : null;
        gradients = new Parameters(values.layout(), gradientArena, backend);
        optimizer = new Optimizer(backend, values, gradients, momentArena, new LayerDecay(model.depth(), layerDecay));
        weights = new Weights(backend, values, gradients, weightArena);
        TokenLayout layout = TokenLayout.of(new Crops(batch, VisionTransformer.grid(model.image(), model.patch())));
        backbone = new VisionTransformer(weights, model, layout, batch, activationArena);
        classifier = new Classifier(weights, batch, activationArena);
        images = activationArena.tensor(
                backend.real(), batch, 3, model.image().height(), model.image().width());
        targets = activationArena.tensor(backend.real(), batch, classes);
        cls = new LastRows(
                activationArena.tensor(DType.I32, batch),
                IntStream.range(0, batch).toArray());
        dlogits = activationArena.tensor(backend.activation(), batch, classes);
        dtokens = activationArena.tensor(backend.activation(), batch, model.width());
        loss = activationArena.tensor(backend.real(), batch);
        lossHost = new double[batch];
    }

    /** The pieces of memory, for the table shown before they are taken. */
    public List<Arena> arenas() {
        return List.of(weightArena, gradientArena, momentArena, activationArena);
    }

    /** Takes the memory. */
    public void allocate() {
        arenas().forEach(arena -> arena.allocate(backend::allocate));
        backend.write(cls.index(), backbone.layout().clsRows(), batch);
    }

    /** Where a step's images go, (B, 3, H, W). */
    public Tensor images() {
        return images;
    }

    /** Where their targets go, (B, C). */
    public Tensor targets() {
        return targets;
    }

    /** Draws the drop-path factors of a step. */
    public void dropPath(long seed, int step) {
        backbone.dropPath(seed, step);
    }

    /** Mean cross-entropy of the images, and every gradient. */
    public double forwardBackward() {
        weights.refresh();
        Tensor tokens = backbone.forward(List.of(images), null, cls);
        Tensor logits = classifier.forward(tokens);
        backend.crossEntropy().forwardBackward(loss, dlogits, logits, targets, 1.0 / batch);
        backend.zero(gradients.flat());
        classifier.backward(dtokens, dlogits, tokens);
        backbone.backward(dtokens);
        backend.read(loss, lossHost);
        double sum = 0;
        for (double each : lossHost) {
            sum += each;
        }
        return sum;
    }

    /** One update from the last gradients. */
    public void update(double learningRate, double weightDecay) {
        optimizer.step(learningRate, weightDecay, false);
    }

    /** average ← m·average + (1 − m)·weights. */
    public void updateAverage(double momentum) {
        backend.ema().update(average.flat(), values.flat(), momentum);
    }

    /** Makes the average start from the weights. */
    public void startAverage() {
        backend.copy(average.flat(), values.flat());
    }

    public Parameters weights() {
        return values;
    }

    /** The average of the weights, or null if none is kept. */
    public Parameters average() {
        return average;
    }

    public Parameters gradients() {
        return gradients;
    }

    public Optimizer optimizer() {
        return optimizer;
    }

    @Override
    public void close() {
        arenas().forEach(Arena::close);
    }
}
