package attmask.nn;

import attmask.ops.Backend;
import attmask.ops.MicroBatch;
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
    /** Factors of one block's two branches. */
    record Keep(Factors attention, Factors mlp) {
        /** Nothing is dropped. */
        static final Keep ALL = new Keep(Factors.ALL, Factors.ALL);
    }

    /**
     * Factors of one branch.
     *
     * @param layout how the rows fall into groups; null for one group
     * @param factors of each group, (B) for its images or (M) for its rows; empty for all 1
     */
    record Factors(TokenLayout layout, List<Tensor> factors) {
        static final Factors ALL = new Factors(null, List.of());

        boolean drops() {
            return !factors.isEmpty();
        }

        int groups() {
            return Math.max(1, factors.size());
        }

        /** The factors of a group, or null for all 1. */
        Tensor of(int group) {
            return drops() ? factors.get(group) : null;
        }

        /** The rows of a group. */
        Tensor rows(int group, Tensor all) {
            return layout == null ? all : layout.split(all).get(group);
        }
    }

    private final Backend backend;
    private final double rate;
    private final int depth;
    private final TokenLayout layout;
    private final int images;
    private final Tensor factors;
    private final Tensor lastFactors;
    private final List<Keep> blocks = new ArrayList<>();
    private final float[] host;
    private final float[] lastHost;

    /** @param lastRows most rows given to {@link #last}, 0 if it is not called */
    DropPath(Backend backend, Arena arena, TokenLayout layout, double rate, int depth, int lastRows) {
        this.backend = backend;
        this.rate = rate;
        this.depth = depth;
        this.layout = layout;
        images = layout.images();
        host = new float[depth * 2 * images];
        factors = arena.tensor(backend.real(), depth * 2, images);
        lastHost = new float[2 * lastRows];
        lastFactors = arena.tensor(backend.real(), 2, lastRows);
        for (int i = 0; i < depth; i++) {
            blocks.add(new Keep(branch(2 * i), branch(2 * i + 1)));
        }
    }

    private Factors branch(int branch) {
        return new Factors(layout, layout.splitImages(factors.rows(branch, 1).view(images)));
    }

    /** Draws the factors of a step for a part of its images. */
    void draw(long seed, int step, MicroBatch part) {
        for (int branch = 0; branch < 2 * depth; branch++) {
            int block = branch / 2;
            double blockRate = rate * block / Math.max(1, depth - 1);
            RandomStream random = new RandomStream(seed, Purpose.DROP_PATH, step, branch);
            int drawn = 0;
            for (int b = 0; b < images; b++) {
                for (; drawn < part.place(b); drawn++) {
                    random.nextUnit();
                }
                drawn++;
                boolean kept = random.nextUnit() < 1 - blockRate;
                host[branch * images + b] = kept ? (float) (1 / (1 - blockRate)) : 0;
            }
        }
        backend.write(factors, host, 0);
    }

    Keep block(int i) {
        return blocks.get(i);
    }

    /** The last block's factors, one for each of the given rows. */
    Keep last(LastRows rows) {
        return new Keep(last(rows, 0), last(rows, 1));
    }

    private Factors last(LastRows rows, int branch) {
        int count = rows.count();
        int from = (2 * (depth - 1) + branch) * images;
        for (int i = 0; i < count; i++) {
            lastHost[branch * count + i] = host[from + rows.images()[i]];
        }
        Tensor perRow = lastFactors.rows(branch, 1).view(lastFactors.dim(1)).rows(0, count);
        backend.write(perRow, lastHost, branch * count);
        return new Factors(null, List.of(perRow));
    }
}
