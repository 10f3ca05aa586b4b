package attmask.nn;

import attmask.config.ModelConfig;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/**
 * MST's image decoder: from a crop's patch tokens to its pixels (Li et al. 2021). It serves training alone and belongs to
 * the student alone.
 *
 * <p>The paper's decoder is convolutional; no code of it is known to be public, so its layers are not copied here. This one
 * is the lightest of the kind: a 1×1 convolution that keeps the width, GELU, and a transposed p×p convolution of stride p
 * to 3 channels. On a grid of tokens these are two linear layers, Linear(D, D) GELU Linear(D, 3·p·p), whose output is
 * ordered as {@link attmask.ops.Unfold} orders pixels. No layer mixes tokens: the transformer has done that, and what the
 * decoder could do by itself the tokens would not have to learn. (SimMIM, Xie et al. 2022, finds under an L1 loss on
 * pixels that a single linear layer serves the features no worse than heavier heads.)
 */
public final class PixelDecoder {
    private static final int CHANNELS = 3;

    private final Backend backend;
    private final LinearLayer layer0;
    private final LinearLayer layer2;
    private final Tensor hidden;
    private final Tensor active;
    private final Tensor pixels;

    /** Plans activations for {@code rows} tokens. */
    public PixelDecoder(Weights weights, ModelConfig model, int rows, Arena arena) {
        backend = weights.backend();
        layer0 = new LinearLayer(weights.in("decoder.0"));
        layer2 = new LinearLayer(weights.in("decoder.2"));
        hidden = arena.tensor(backend.activation(), rows, model.width());
        active = arena.tensor(backend.activation(), rows, model.width());
        pixels = arena.tensor(backend.activation(), rows, pixelsOfPatch(model));
    }

    /** Adds {@code decoder.0} and {@code decoder.2}. */
    static void parameters(ParameterLayout parameters, ModelConfig model) {
        parameters.linear("decoder.0", model.width(), model.width());
        parameters.linear("decoder.2", pixelsOfPatch(model), model.width());
    }

    private static int pixelsOfPatch(ModelConfig model) {
        return CHANNELS * model.patch() * model.patch();
    }

    /** x (R, D) to pixels (R, 3·p·p), which are returned; their memory may take their gradient. */
    public Tensor forward(Tensor x) {
        layer0.forward(hidden, x);
        backend.gelu().forward(active, hidden);
        layer2.forward(pixels, active);
        return pixels;
    }

    /**
     * Accumulates all gradients.
     *
     * @param dx (R, D), overwritten
     * @param x that of the last {@link #forward}
     */
    public void backward(Tensor dx, Tensor dpixels, Tensor x) {
        // The activation has done its work when its layer's backward is over: its memory takes its gradient.
        layer2.backward(active, dpixels, active);
        backend.gelu().backward(active, active, hidden);
        layer0.backward(dx, active, x);
    }
}
