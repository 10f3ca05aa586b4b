package attmask.eval;

import attmask.config.ModelConfig;
import attmask.nn.Crops;
import attmask.nn.Parameters;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.List;

/** A frozen backbone: images in, features or [CLS] attention out, up to a fixed number of images at a time. */
public final class Encoder implements AutoCloseable {
    private final Backend backend;
    private final ModelConfig model;
    private final int batch;
    private final Arena arena = new Arena("encoder");
    private final Weights weights;
    private final VisionTransformer backbone;
    private final Tensor images;
    private final Readout readout;
    private final Tensor scores;

    /** An encoder whose features are [CLS] of the last block after the final norm. */
    public Encoder(Backend backend, ModelConfig model, Parameters weights, int batch) {
        this(backend, model, weights, batch, Readout.cls());
    }

    /**
     * Plans the memory for {@code batch} images of the model's size; {@link #allocate} takes it.
     *
     * @param weights the parameters that {@code readout} needs, read at every call; they may go on learning in between
     * @param readout what the features are
     */
    public Encoder(Backend backend, ModelConfig model, Parameters weights, int batch, Readout.Plan readout) {
        this.backend = backend;
        this.model = model;
        this.batch = batch;
        TokenLayout layout = TokenLayout.of(new Crops(batch, VisionTransformer.grid(model.image(), model.patch())));
        this.weights = new Weights(backend, weights, null, arena);
        backbone = new VisionTransformer(this.weights, model, layout, arena);
        images = arena.tensor(
                backend.real(), batch, 3, model.image().height(), model.image().width());
        this.readout = readout.plan(this.weights, model, layout, arena);
        scores = arena.tensor(backend.real(), batch, layout.patches() / batch);
    }

    /** The planned memory. */
    public Arena arena() {
        return arena;
    }

    /** Takes the memory. */
    public Encoder allocate() {
        arena.allocate(backend::allocate);
        readout.prepare();
        return this;
    }

    /** Images at a time. */
    public int batch() {
        return batch;
    }

    /** F, values of an image's features. */
    public int featureWidth() {
        return readout.width();
    }

    public ModelConfig model() {
        return model;
    }

    /**
     * Encodes {@link #batch} images.
     *
     * @param pixels (batch, 3, H, W), normalised
     * @param features receives (batch, F)
     */
    public void features(float[] pixels, float[] features) {
        backend.write(images, pixels, 0);
        weights.refresh();
        Tensor tokens =
                backbone.forward(List.of(images), null, (layer, qkv, logSumExp) -> readout.afterBlock(layer, backbone));
        readout.read(tokens, features);
    }

    /**
     * Attention of [CLS] on the patches, mean over heads.
     *
     * @param pixels (batch, 3, H, W), normalised
     * @param layer block whose attention is taken
     * @return (batch, N)
     */
    public double[] attention(float[] pixels, int layer) {
        backend.write(images, pixels, 0);
        weights.refresh();
        backbone.forward(List.of(images), null, (index, qkv, logSumExp) -> {
            if (index == layer) {
                backend.attentionMask().scores(scores, qkv, model.heads());
            }
        });
        double[] values = new double[(int) scores.count()];
        backend.read(scores, values);
        return values;
    }

    @Override
    public void close() {
        arena.close();
    }
}
