package attmask.config;

/**
 * A Vision Transformer (Dosovitskiy et al. 2021).
 *
 * @param image size of the global crops, and of the grid that the position embedding is learned for
 * @param patch side of a patch in pixels
 * @param width D, the embedding dimension
 * @param depth number of blocks
 * @param heads H, attention heads; divides the width
 * @param mlpRatio hidden width of the MLP over D
 * @param dropPath drop-path rate of the last block, growing linearly from 0; student only
 */
public record ModelConfig(Size image, int patch, int width, int depth, int heads, int mlpRatio, double dropPath) {
    public ModelConfig {
        Check.positive("model.patch", patch);
        Check.positive("model.width", width);
        Check.positive("model.depth", depth);
        Check.positive("model.heads", heads);
        Check.positive("model.mlpRatio", mlpRatio);
        Check.that(dropPath >= 0 && dropPath < 1, "model.dropPath", dropPath, "at least 0 and below 1");
        Check.that(width % heads == 0, "model.width", width, "a multiple of model.heads (" + heads + ")");
        Check.that(
                image.height() >= patch && image.width() >= patch,
                "model.image",
                image,
                "at least one patch (" + patch + " pixels) a side");
        Check.that(
                image.height() % patch == 0 && image.width() % patch == 0,
                "model.image",
                image,
                "a multiple of model.patch (" + patch + ")");
    }

    /** Patches from top to bottom of a global crop. */
    public int gridHeight() {
        return image.height() / patch;
    }

    /** Patches from left to right of a global crop. */
    public int gridWidth() {
        return image.width() / patch;
    }

    /** T, the number of patches of a global crop. */
    public int patches() {
        return gridHeight() * gridWidth();
    }
}
