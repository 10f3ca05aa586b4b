package attmask.ops;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.DType;
import attmask.tensor.Tensor;

/**
 * AttMask's choice of the patches to hide (Kakogeorgiou et al. 2022, section 3.2): from the [CLS] row of the teacher's
 * attention to a mask and the compact list of masked rows.
 *
 * <p>Shapes: qkv (B·T, 3·D) of the chosen layer, an activation, T = 1 + N; scores (B, N), real; mask (B, N), 1 where
 * hidden; rows (at least B times the tokens to hide), indices b·T + 1 + n into packed tokens, ascending.
 */
public abstract class AttentionMask {
    /**
     * What to hide in each image.
     *
     * @param highest hide the most attended tokens, else the least attended
     * @param count tokens to hide in an image; ties go to the lower index
     * @param chance of each of these to be hidden after all, drawn for each by itself (MST); 1 hides them all
     * @param pool reveal among this many most attended tokens (AttMask-Hint), and
     * @param reveal this many of them, drawn uniformly without replacement
     * @param probability of an image to be masked at all
     * @param seed the run's seed; with the step and the image's place it decides coin and draw on every backend alike
     * @param part of the step's images that these are, which gives their places
     */
    public record Rule(
            boolean highest,
            int count,
            double chance,
            int pool,
            int reveal,
            double probability,
            long seed,
            int step,
            MicroBatch part) {
        public Rule {
            if (!(chance == 1 || (chance >= 0 && chance < 1 && reveal == 0))) {
                throw new IllegalArgumentException("attention_mask: chance " + chance
                        + " is not between 0 and 1, or below 1 with " + reveal + " tokens to reveal");
            }
            if (count < 0 || reveal < 0 || reveal > pool) {
                throw new IllegalArgumentException(
                        "attention_mask: count " + count + ", reveal " + reveal + " of " + pool + " is impossible");
            }
        }

        /** A rule for all images of a step. */
        public Rule(
                boolean highest,
                int count,
                double chance,
                int pool,
                int reveal,
                double probability,
                long seed,
                int step) {
            this(highest, count, chance, pool, reveal, probability, seed, step, MicroBatch.WHOLE);
        }

        /** A rule that hides all that it chooses. */
        public Rule(boolean highest, int count, int pool, int reveal, double probability, long seed, int step) {
            this(highest, count, 1, pool, reveal, probability, seed, step);
        }

        /** The same for a part of the step's images. */
        public Rule in(MicroBatch of) {
            return new Rule(highest, count, chance, pool, reveal, probability, seed, step, of);
        }

        private RandomStream stream(Purpose purpose, int b) {
            return new RandomStream(seed, purpose, step, part.place(b));
        }

        /** True if the coin of image {@code b} says to mask it. */
        public boolean masks(int b) {
            return stream(Purpose.MASK_COIN, b).nextUnit() < probability;
        }

        /** (count) which of the chosen tokens of image {@code b}, taken in ascending order of index, are hidden. */
        public boolean[] hidden(int b) {
            RandomStream stream = stream(Purpose.MASK_PLACE, b);
            boolean[] hidden = new boolean[count];
            for (int i = 0; i < count; i++) {
                hidden[i] = stream.nextUnit() < chance;
            }
            return hidden;
        }

        /** Ranks (0 = most attended) of the tokens of image {@code b} that are revealed again. */
        public int[] revealedRanks(int b) {
            RandomStream stream = stream(Purpose.MASK_REVEAL, b);
            int[] ranks = new int[pool];
            for (int i = 0; i < pool; i++) {
                ranks[i] = i;
            }
            int[] chosen = new int[reveal];
            for (int i = 0; i < reveal; i++) {
                int j = i + (int) (((stream.nextWord() & 0xFFFFFFFFL) * (pool - i)) >>> 32);
                chosen[i] = ranks[j];
                ranks[j] = ranks[i];
            }
            return chosen;
        }
    }

    /** scores ← mean over heads of softmax(q_cls·kᵀ/√E), patch columns; the [CLS] column counts in the softmax only. */
    public final void scores(Tensor scores, Tensor qkv, int heads) {
        checkScores("attention_mask.scores", scores, qkv, heads);
        if (scores.count() > 0) {
            computeScores(scores, qkv, heads);
        }
    }

    /** mask and rows ← the choice of {@code rule}; entries of rows past the last masked token are left alone. */
    public final void select(Tensor mask, Tensor rows, Tensor scores, Rule rule) {
        checkSelect("attention_mask.select", mask, rows, scores, rule);
        if (scores.count() > 0) {
            computeSelect(mask, rows, scores, rule);
        }
    }

    /** {@link #scores}, then {@link #select}: all that a training step asks, which a GPU does in one launch. */
    public final void choose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads, Rule rule) {
        checkScores("attention_mask.choose", scores, qkv, heads);
        checkSelect("attention_mask.choose", mask, rows, scores, rule);
        if (scores.count() > 0) {
            computeChoose(mask, rows, scores, qkv, heads, rule);
        }
    }

    private static void checkScores(String op, Tensor scores, Tensor qkv, int heads) {
        int tokens = scores.dim(1) + 1;
        Require.rows(op, "qkv", qkv, scores.dim(0) * tokens, qkv.dim(-1));
        Require.that(
                qkv.dim(-1) % (3 * heads) == 0,
                op,
                "qkv width " + qkv.dim(-1) + " is not three times a multiple of " + heads + " heads");
    }

    private static void checkSelect(String op, Tensor mask, Tensor rows, Tensor scores, Rule rule) {
        Require.shape(op, "mask", mask, scores.dim(0), scores.dim(1));
        Require.type(op, "mask", mask, DType.U8);
        Require.type(op, "rows", rows, DType.I32);
        Require.that(
                rule.count() <= scores.dim(1) && rule.pool() <= scores.dim(1),
                op,
                "rule " + rule + " asks for more than the " + scores.dim(1) + " tokens of scores " + scores.shape());
        Require.that(
                rows.count() >= (long) scores.dim(0) * rule.count(),
                op,
                "rows " + rows.shape() + " has no room for " + rule.count() + " masked tokens of each image of scores "
                        + scores.shape());
    }

    protected abstract void computeScores(Tensor scores, Tensor qkv, int heads);

    protected abstract void computeSelect(Tensor mask, Tensor rows, Tensor scores, Rule rule);

    protected void computeChoose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads, Rule rule) {
        computeScores(scores, qkv, heads);
        computeSelect(mask, rows, scores, rule);
    }
}
