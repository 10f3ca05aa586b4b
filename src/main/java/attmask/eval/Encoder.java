package attmask.eval;

import attmask.config.ModelConfig;
import attmask.config.UserException;
import attmask.nn.Crops;
import attmask.nn.Parameters;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.List;

/**
 * A frozen backbone: images in, [CLS] features or [CLS] attention out, up to a fixed number of images at a time. Features
 * are the [CLS] of the last blocks, each after the final norm, side by side.
 */
public final class Encoder implements AutoCloseable {
    private final Backend backend;
    private final ModelConfig model;
    private final int batch;
    private final int blocks;
    private final Arena arena = new Arena("encoder");
    private final Weights weights;
    private final VisionTransformer backbone;
    private final Tensor images;
    private final Tensor clsRows;
    private final Tensor gathered;
    private final Tensor cls;
    private final Tensor scores;
    private final int[] firstRows;
    private final float[] blockMajor;

    /** The same for features of the last block. */
    public Encoder(Backend backend, ModelConfig model, Parameters weights, int batch) {
        this(backend, model, weights, batch, 1);
    }

    /**
     * Plans the memory for {@code batch} images of the model's size; {@link #allocate} takes it.
     *
     * @param weights the backbone's parameters, read at every call; they may go on learning in between
     * @param blocks n, how many of the last blocks give features; 1 to the model's depth
     */
    public Encoder(Backend backend, ModelConfig model, Parameters weights, int batch, int blocks) {
        if (blocks < 1 || blocks > model.depth()) {
            throw new UserException("features of the last " + blocks + " blocks of a model of " + model.depth()
                    + " are impossible; ask for 1 to " + model.depth());
        }
        this.backend = backend;
        this.model = model;
        this.batch = batch;
        this.blocks = blocks;
        TokenLayout layout = TokenLayout.of(new Crops(batch, VisionTransformer.grid(model.image(), model.patch())));
        this.weights = new Weights(backend, weights, null, arena);
        backbone = new VisionTransformer(this.weights, model, layout, arena);
        images = arena.tensor(
                backend.real(), batch, 3, model.image().height(), model.image().width());
        clsRows = arena.tensor(DType.I32, batch);
        gathered = arena.tensor(backend.activation(), batch, model.width());
        cls = arena.tensor(backend.activation(), blocks, batch, model.width());
        scores = arena.tensor(backend.real(), batch, layout.patches() / batch);
        firstRows = layout.clsRows();
        blockMajor = new float[blocks * batch * model.width()];
    }

    /** The planned memory. */
    public Arena arena() {
        return arena;
    }

    /** Takes the memory. */
    public Encoder allocate() {
        arena.allocate(backend::allocate);
        backend.write(clsRows, firstRows, batch);
        return this;
    }

    /** Images at a time. */
    public int batch() {
        return batch;
    }

    public ModelConfig model() {
        return model;
    }

    /** F = n·D, numbers that describe an image. */
    public int featureWidth() {
        return blocks * model.width();
    }

    /**
     * Encodes {@link #batch} images.
     *
     * @param pixels (batch, 3, H, W), normalised
     * @param features receives (batch, F): of each image first the earliest of the last n blocks
     */
    public void features(float[] pixels, float[] features) {
        backend.write(images, pixels, 0);
        weights.refresh();
        int first = model.depth() - blocks;
        backbone.forward(List.of(images), null, (layer, qkv, logSumExp) -> {
            if (layer >= first) {
                takeCls(layer, cls.rows(layer - first, 1).view(batch, model.width()));
            }
        });
        backend.read(cls, blockMajor);
        for (int block = 0; block < blocks; block++) {
            for (int image = 0; image < batch; image++) {
                System.arraycopy(
                        blockMajor,
                        (block * batch + image) * model.width(),
                        features,
                        (image * blocks + block) * model.width(),
                        model.width());
            }
        }
    }

    private void takeCls(int layer, Tensor target) {
        backend.rows().gather(gathered, backbone.afterBlock(layer), clsRows);
        backend.copy(target, backbone.normalised(gathered));
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
