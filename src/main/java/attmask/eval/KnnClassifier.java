package attmask.eval;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

/**
 * Weighted k-nearest-neighbour classification as DINO evaluates features: cosine similarity, and each of the k nearest
 * bank images votes for its class with weight exp(similarity / 0.07).
 *
 * <p>Ties: equally similar images rank by index, classes with equal votes by class number, both ascending; classes
 * without a vote follow in the same way, so top-5 is defined for k below 5 too.
 *
 * <p>Queries are taken a few at a time against the bank in blocks, so the (queries × bank) matrix never exists. Every
 * number depends on its query and the bank only: any number of threads gives the same result.
 */
public final class KnnClassifier {
    /** Wu et al. 2018, "Unsupervised feature learning via non-parametric instance discrimination"; kept by DINO. */
    public static final double TEMPERATURE = 0.07;

    /** Bank rows in a block: block × width floats should lie in the second-level cache. */
    private static final int BLOCK = 256;
    /** Queries that share one pass over the bank. */
    private static final int TILE = 16;

    private final int width;
    private final int[] labels;
    private final int classes;
    private final int threads;
    /** Block i holds bank rows i·BLOCK…, transposed to (width, BLOCK): the inner loop then runs over bank rows. */
    private final float[][] blocks;

    /**
     * Accuracy for one k, in percent.
     *
     * @param top5 share of queries whose class is among the five with the most votes
     */
    public record Accuracy(int k, double top1, double top5) {}

    /**
     * @param k neighbours that voted
     * @param predictions (queries) class with the most votes
     */
    public record Result(Accuracy accuracy, int[] predictions) {
        public int k() {
            return accuracy.k();
        }
    }

    /** @param bank images that vote; the class count is one more than the largest label */
    public KnnClassifier(Features bank, int threads) {
        if (bank.count() == 0 || threads < 1) {
            throw new IllegalArgumentException("k-NN needs bank images and threads");
        }
        this.width = bank.width();
        this.labels = bank.labels();
        this.classes = bank.classes();
        this.threads = threads;
        this.blocks = new float[(bank.count() + BLOCK - 1) / BLOCK][];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = transposed(bank, i * BLOCK);
        }
    }

    private static float[] transposed(Features bank, int first) {
        float[] block = new float[bank.width() * BLOCK];
        int count = Math.min(BLOCK, bank.count() - first);
        for (int row = 0; row < count; row++) {
            for (int d = 0; d < bank.width(); d++) {
                block[d * BLOCK + row] = bank.rows()[(first + row) * bank.width() + d];
            }
        }
        return block;
    }

    /**
     * Classifies every query for each k; a k larger than the bank takes the whole bank.
     *
     * @return one result for each of {@code ks}, in their order
     */
    public List<Result> classify(Features queries, int... ks) {
        if (queries.width() != width
                || queries.count() == 0
                || ks.length == 0
                || IntStream.of(ks).anyMatch(k -> k < 1)) {
            throw new IllegalArgumentException("k-NN needs queries of width " + width + " and every k at least 1");
        }
        int[][] predictions = new int[ks.length][queries.count()];
        int[][] ranks = new int[ks.length][queries.count()];
        int tiles = (queries.count() + TILE - 1) / TILE;
        ForkJoinPool pool = new ForkJoinPool(threads);
        try {
            pool.submit(() -> IntStream.range(0, tiles)
                            .parallel()
                            .forEach(tile -> classifyTile(queries, tile * TILE, ks, predictions, ranks)))
                    .join();
        } finally {
            pool.shutdown();
        }
        return IntStream.range(0, ks.length)
                .mapToObj(i -> new Result(
                        new Accuracy(ks[i], percentBelow(ranks[i], 1), percentBelow(ranks[i], 5)), predictions[i]))
                .toList();
    }

    private void classifyTile(Features queries, int first, int[] ks, int[][] predictions, int[][] ranks) {
        int count = Math.min(TILE, queries.count() - first);
        int most = Math.min(IntStream.of(ks).max().orElseThrow(), labels.length);
        Neighbours[] nearest = new Neighbours[count];
        for (int q = 0; q < count; q++) {
            nearest[q] = new Neighbours(most);
        }
        float[] similarities = new float[BLOCK];
        for (int i = 0; i < blocks.length; i++) {
            int rows = Math.min(BLOCK, labels.length - i * BLOCK);
            for (int q = 0; q < count; q++) {
                similarities(similarities, queries.rows(), (first + q) * width, blocks[i]);
                nearest[q].offer(similarities, i * BLOCK, rows);
            }
        }
        for (int q = 0; q < count; q++) {
            nearest[q].sort();
            for (int i = 0; i < ks.length; i++) {
                double[] votes = votes(nearest[q], ks[i]);
                predictions[i][first + q] = mostVoted(votes);
                ranks[i][first + q] = rank(votes, queries.labels()[first + q]);
            }
        }
    }

    /** out[j] ← query · bank row j; four features at a time over all rows, which the compiler turns into vectors. */
    private void similarities(float[] out, float[] queries, int start, float[] block) {
        Arrays.fill(out, 0);
        int d = 0;
        for (; d + 4 <= width; d += 4) {
            addFour(
                    out,
                    block,
                    d * BLOCK,
                    queries[start + d],
                    queries[start + d + 1],
                    queries[start + d + 2],
                    queries[start + d + 3]);
        }
        for (; d < width; d++) {
            float q = queries[start + d];
            for (int j = 0; j < BLOCK; j++) {
                out[j] += q * block[d * BLOCK + j];
            }
        }
    }

    private static void addFour(float[] out, float[] block, int at, float q0, float q1, float q2, float q3) {
        for (int j = 0; j < BLOCK; j++) {
            out[j] += q0 * block[at + j]
                    + q1 * block[at + BLOCK + j]
                    + q2 * block[at + 2 * BLOCK + j]
                    + q3 * block[at + 3 * BLOCK + j];
        }
    }

    private double[] votes(Neighbours nearest, int k) {
        double[] votes = new double[classes];
        for (int rank = 0; rank < Math.min(k, nearest.size()); rank++) {
            votes[labels[nearest.index(rank)]] += Math.exp(nearest.similarity(rank) / TEMPERATURE);
        }
        return votes;
    }

    private static int mostVoted(double[] votes) {
        int best = 0;
        for (int c = 1; c < votes.length; c++) {
            if (votes[c] > votes[best]) {
                best = c;
            }
        }
        return best;
    }

    /** Classes ahead of {@code label}; all of them for a label that the bank does not have. */
    private static int rank(double[] votes, int label) {
        if (label >= votes.length) {
            return Integer.MAX_VALUE;
        }
        int ahead = 0;
        for (int c = 0; c < votes.length; c++) {
            if (votes[c] > votes[label] || votes[c] == votes[label] && c < label) {
                ahead++;
            }
        }
        return ahead;
    }

    private static double percentBelow(int[] ranks, int limit) {
        return 100.0 * IntStream.of(ranks).filter(rank -> rank < limit).count() / ranks.length;
    }
}
