package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Mean over tokens and images, as the centers need it.
 *
 * <p>Shapes: x (B·T, D) for B images of T tokens, an activation or real; mean (D elements), real.
 */
public abstract class TokenMean {
    /**
     * mean ← the mean of the rows whose token index t is at least {@code first}, over all images.
     *
     * @param tokens T
     * @param first 0 for all tokens, 1 to leave out [CLS]
     */
    public final void forward(Tensor mean, Tensor x, int tokens, int first) {
        int rows = x.rowCount();
        Require.count("token_mean.forward", "mean", mean, x.dim(-1));
        Require.that(
                rows > 0 && rows % tokens == 0 && first >= 0 && first < tokens,
                "token_mean.forward",
                "x " + x.shape() + " is not whole images of " + tokens + " tokens, or no token from " + first);
        computeForward(mean, x, tokens, first);
    }

    protected abstract void computeForward(Tensor mean, Tensor x, int tokens, int first);
}
