package attmask.ssl;

import attmask.config.ModelConfig;
import attmask.nn.PixelDecoder;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/**
 * MST's image restoration (Li et al. 2021): from all patch tokens of the student's masked global crops back to the crops'
 * pixels, normalised as the network sees them; L1, mean over all pixels of both crops of all images.
 */
final class RestorationLoss {
    private final Backend backend;
    private final PixelDecoder decoder;
    private final double weight;
    private final int parts;
    private final Tensor rowLoss;
    private final double[] host;

    /**
     * @param rows patch tokens of all global crops
     * @param parts of a step, whose losses add up
     */
    RestorationLoss(Weights weights, ModelConfig model, int rows, double weight, int parts, Arena arena) {
        this.backend = weights.backend();
        this.weight = weight;
        this.parts = parts;
        decoder = new PixelDecoder(weights, model, rows, arena);
        rowLoss = arena.tensor(backend.real(), rows);
        host = new double[rows];
    }

    /**
     * Forward and backward, which accumulates the decoder's gradients.
     *
     * @param dtokens (R, D), overwritten
     * @param target (R, 3·p·p)
     */
    void backward(Tensor dtokens, Tensor tokens, Tensor target) {
        Tensor pixels = decoder.forward(tokens);
        backend.l1Loss().forwardBackward(rowLoss, pixels, pixels, target, weight / (pixels.count() * parts));
        decoder.backward(dtokens, pixels, tokens);
    }

    /** The weighted loss of the last {@link #backward}. */
    double value() {
        backend.read(rowLoss, host);
        double sum = 0;
        for (double loss : host) {
            sum += loss;
        }
        return sum;
    }
}
