package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Images to rows of pixels, one a patch; with {@link Linear} it is the ViT's patch embedding (a p×p convolution of
 * stride p). Images are data, so there is no backward.
 *
 * <p>Shapes: images (B, C, h·p, w·p); patches (B·h·w, C·p·p), columns ordered channel, row, column as in a
 * convolution's weight (D, C, p, p).
 */
public abstract class Unfold {
    public final void forward(Tensor patches, Tensor images, int patch) {
        int height = images.dim(2) / patch;
        int width = images.dim(3) / patch;
        Require.that(
                height * patch == images.dim(2) && width * patch == images.dim(3),
                "unfold.forward",
                "images " + images.shape() + " are not whole patches of " + patch);
        Require.shape(
                "unfold.forward", "patches", patches, images.dim(0) * height * width, images.dim(1) * patch * patch);
        if (images.count() > 0) {
            computeForward(patches, images, patch);
        }
    }

    protected abstract void computeForward(Tensor patches, Tensor images, int patch);
}
