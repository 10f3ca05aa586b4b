package attmask.masking;

import attmask.config.MaskConfig;
import attmask.config.MaskStrategy;
import attmask.ops.AttentionMask;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.ops.MicroBatch;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Tensor;
import java.util.function.Consumer;

/**
 * Chooses a step's masks by the configured strategy. All randomness follows from seed, step and image.
 *
 * <p>Attention strategies draw the ratio once a step for the whole batch and choose on the backend, where the scores
 * are; block-wise and random masks draw it for each image and are made on the host. The coin that leaves an image
 * unmasked is the same for all of these. MST's masks know neither: every image has as many candidates, each drawn by
 * itself.
 */
public final class Masker {
    private final MaskConfig config;
    private final Grid grid;
    private final long seed;
    private final RatioLaw law;

    public Masker(MaskConfig config, Grid grid, long seed) {
        this.config = config;
        this.grid = grid;
        this.seed = seed;
        law = new RatioLaw(config);
    }

    /** Masked tokens that {@code images} images can have at most. */
    public int capacity(int images) {
        int most = (int) Math.ceil(grid.tokens() * config.largestShare());
        return Math.max(1, Math.min(grid.tokens(), most) * images);
    }

    /**
     * Fills mask (B, N) and rows with the masks of a step, by the given scores.
     *
     * @return masked tokens of each image, or null if nothing is masked by this strategy
     */
    public int[] choose(Backend backend, Tensor mask, Tensor rows, Tensor scores, int step) {
        return choose(backend, mask, rows, step, MicroBatch.WHOLE, rule -> backend.attentionMask()
                .select(mask, rows, scores, rule));
    }

    /**
     * The same by the scores that {@code qkv} (B·T, 3·D) gives; attention strategies leave them in {@code scores}.
     *
     * @param part of the step's images that these B are; each gets the mask that it gets in the whole
     * @return masked tokens of each image, or null if nothing is masked by this strategy
     */
    public int[] choose(
            Backend backend,
            Tensor mask,
            Tensor rows,
            Tensor scores,
            Tensor qkv,
            int heads,
            int step,
            MicroBatch part) {
        return choose(backend, mask, rows, step, part, rule -> backend.attentionMask()
                .choose(mask, rows, scores, qkv, heads, rule));
    }

    private int[] choose(
            Backend backend,
            Tensor mask,
            Tensor rows,
            int step,
            MicroBatch part,
            Consumer<AttentionMask.Rule> byAttention) {
        return switch (config.strategy()) {
            case NONE -> null;
            case HIGH, LOW, HINT, MST -> {
                AttentionMask.Rule rule = rule(step).in(part);
                byAttention.accept(rule);
                yield counts(rule, mask.dim(0));
            }
            case BLOCK, RANDOM -> byPlace(backend, mask, rows, step, part);
        };
    }

    private static int[] counts(AttentionMask.Rule rule, int images) {
        int[] counts = new int[images];
        for (int b = 0; b < counts.length; b++) {
            counts[b] = count(rule, b);
        }
        return counts;
    }

    private AttentionMask.Rule rule(int step) {
        if (config.strategy() == MaskStrategy.MST) {
            int candidates = (int) (grid.tokens() * config.candidates());
            return new AttentionMask.Rule(false, candidates, config.candidateProbability(), 0, 0, 1, seed, step);
        }
        RandomStream random = new RandomStream(seed, Purpose.MASK_RATIO, step, 0);
        int count = (int) (grid.tokens() * law.draw(random));
        int pool = 0;
        int reveal = 0;
        if (config.strategy() == MaskStrategy.HINT) {
            pool = (int) (grid.tokens() * config.showMax());
            reveal = Math.min(pool, (int) (config.showMax() * law.draw(random) * grid.tokens()));
        }
        boolean highest = config.strategy() != MaskStrategy.LOW;
        return new AttentionMask.Rule(highest, count, pool, reveal, config.probability(), seed, step);
    }

    /** What the backend masks in image {@code b}, known without asking it: revealed ranks beyond the mask reveal nothing. */
    private static int count(AttentionMask.Rule rule, int b) {
        if (!rule.masks(b)) {
            return 0;
        }
        int count = 0;
        for (boolean hidden : rule.hidden(b)) {
            count += hidden ? 1 : 0;
        }
        for (int rank : rule.revealedRanks(b)) {
            if (rank < rule.count()) {
                count--;
            }
        }
        return count;
    }

    private int[] byPlace(Backend backend, Tensor mask, Tensor rows, int step, MicroBatch part) {
        int tokens = grid.tokens();
        int[] counts = new int[mask.dim(0)];
        byte[] bytes = new byte[counts.length * tokens];
        int[] compact = new int[bytes.length];
        AttentionMask.Rule coin = new AttentionMask.Rule(true, 0, 0, 0, config.probability(), seed, step).in(part);
        int masked = 0;
        for (int b = 0; b < counts.length; b++) {
            if (!coin.masks(b)) {
                continue;
            }
            boolean[] chosen = place(step, part.place(b));
            for (int n = 0; n < tokens; n++) {
                if (chosen[n]) {
                    bytes[b * tokens + n] = 1;
                    compact[masked++] = b * (tokens + 1) + 1 + n;
                    counts[b]++;
                }
            }
        }
        backend.write(mask, bytes);
        backend.write(rows, compact, masked);
        return counts;
    }

    private boolean[] place(int step, int image) {
        double ratio = law.draw(new RandomStream(seed, Purpose.MASK_RATIO, step, 1 + image));
        RandomStream random = new RandomStream(seed, Purpose.MASK_PLACE, step, image);
        return config.strategy() == MaskStrategy.BLOCK
                ? BlockMask.draw(grid, ratio, random)
                : RandomMask.draw(grid.tokens(), ratio, random);
    }
}
