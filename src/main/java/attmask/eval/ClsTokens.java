package attmask.eval;

import attmask.config.ModelConfig;
import attmask.config.UserException;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** The [CLS] tokens of the last blocks, side by side: what a linear probe takes. */
final class ClsTokens implements Readout {
    private final Backend backend;
    private final int first;
    private final ClsToken token;
    private final Tensor all;
    private final float[] blockMajor;

    /** @throws UserException if the model has fewer blocks */
    ClsTokens(Backend backend, ModelConfig model, int blocks, TokenLayout layout, Arena arena) {
        if (blocks < 1 || blocks > model.depth()) {
            throw new UserException("the model has " + model.depth() + " blocks; features of the last " + blocks
                    + " are impossible: ask for 1 to " + model.depth() + " (--blocks)");
        }
        this.backend = backend;
        first = model.depth() - blocks;
        token = new ClsToken(backend, model.width(), layout, arena);
        all = arena.tensor(backend.activation(), blocks, layout.images(), model.width());
        blockMajor = new float[Math.toIntExact(all.count())];
    }

    @Override
    public int width() {
        return all.dim(0) * all.dim(2);
    }

    @Override
    public void prepare() {
        token.prepare();
    }

    @Override
    public void afterBlock(int layer, VisionTransformer backbone) {
        if (layer >= first) {
            Tensor cls = token.gather(backbone.afterBlock(layer));
            backbone.normalise(all.rows(layer - first, 1).view(all.dim(1), all.dim(2)), cls);
        }
    }

    @Override
    public void read(Tensor tokens, float[] values) {
        backend.read(all, blockMajor);
        int width = all.dim(2);
        for (int block = 0; block < all.dim(0); block++) {
            for (int image = 0; image < all.dim(1); image++) {
                System.arraycopy(
                        blockMajor,
                        (block * all.dim(1) + image) * width,
                        values,
                        (image * all.dim(0) + block) * width,
                        width);
            }
        }
    }
}
