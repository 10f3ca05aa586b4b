package attmask.nn;

import attmask.ops.Backend;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Stochastic depth (Huang et al. 2016): the rate grows linearly from 0 at the first block to the given one at the last;
 * each residual branch of each image is dropped on its own, and kept ones are scaled by 1/(1 − rate).
 */
final class DropPath {
    /** Factors of one block's two branches, a tensor (B) for each group of crops. */
    record Keep(List<Tensor> attention, List<Tensor> mlp) {}

    private final Backend backend;
    private final double rate;
    private final int depth;
    private final int images;
    private final Tensor factors;
    private final List<Keep> blocks = new ArrayList<>();
    private final float[] host;

    DropPath(Backend backend, Arena arena, TokenLayout layout, double rate, int depth) {
        this.backend = backend;
        this.rate = rate;
        this.depth = depth;
        images = layout.images();
        host = new float[depth * 2 * images];
        factors = arena.tensor(backend.real(), depth * 2, images);
        for (int i = 0; i < depth; i++) {
            blocks.add(new Keep(branch(layout, 2 * i), branch(layout, 2 * i + 1)));
        }
    }

    private List<Tensor> branch(TokenLayout layout, int branch) {
        return layout.splitImages(factors.rows(branch, 1).view(images));
    }

    /** Draws the factors of a step. */
    void draw(long seed, int step) {
        for (int branch = 0; branch < 2 * depth; branch++) {
            int block = branch / 2;
            double blockRate = rate * block / Math.max(1, depth - 1);
            RandomStream random = new RandomStream(seed, Purpose.DROP_PATH, step, branch);
            for (int b = 0; b < images; b++) {
                boolean kept = random.nextUnit() < 1 - blockRate;
                host[branch * images + b] = kept ? (float) (1 / (1 - blockRate)) : 0;
            }
        }
        backend.write(factors, host, 0);
    }

    Keep block(int i) {
        return blocks.get(i);
    }
}
