package attmask.eval;

import attmask.nn.TokenLayout;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** The mean of the patch tokens of each image. */
final class PatchMean implements Readout {
    private final Backend backend;
    private final int tokensOfImage;
    private final Tensor means;

    PatchMean(Backend backend, int width, TokenLayout layout, Arena arena) {
        this.backend = backend;
        tokensOfImage = layout.rows() / layout.images();
        means = arena.tensor(backend.real(), layout.images(), width);
    }

    @Override
    public int width() {
        return means.dim(1);
    }

    @Override
    public void prepare() {}

    @Override
    public void read(Tensor tokens, float[] values) {
        for (int image = 0; image < means.dim(0); image++) {
            Tensor own = tokens.rows(image * tokensOfImage, tokensOfImage);
            backend.tokenMean().forward(means.rows(image, 1), own, tokensOfImage, 1);
        }
        backend.read(means, values);
    }
}
