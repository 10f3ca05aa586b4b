package attmask.random;

import java.util.Arrays;
import org.apache.commons.math3.random.BitsStreamGenerator;

/**
 * A stream of random numbers named by what it is for: (seed, purpose, a, b), for instance (seed, AUGMENT, epoch, image).
 *
 * <p>Nothing but the name decides the numbers, so they do not depend on thread timing and no generator state has to be
 * saved for a run to resume exactly. It is a commons-math {@code RandomGenerator} and drives its distributions.
 */
public final class RandomStream extends BitsStreamGenerator {
    private static final long serialVersionUID = 1L;

    /** What a stream is for; the ordinal is a word of the counter, so new purposes go to the end. */
    public enum Purpose {
        INIT,
        SHUFFLE,
        AUGMENT,
        MASK_RATIO,
        MASK_COIN,
        MASK_REVEAL,
        MASK_PLACE,
        DROP_PATH,
        SHAPES,
        TEST,
        K_MEANS,
        MIX
    }

    private final long key;
    private final Purpose purpose;
    private final int a;
    private final int b;
    private final int[] words = new int[4];
    private int block;
    private int used;

    /**
     * @param seed the run's seed
     * @param a first coordinate, for instance the epoch or the step
     * @param b second coordinate, for instance the image
     */
    public RandomStream(long seed, Purpose purpose, int a, int b) {
        this.key = seed;
        this.purpose = purpose;
        this.a = a;
        this.b = b;
        rewind();
    }

    private void rewind() {
        block = 0;
        used = 4;
    }

    @Override
    protected int next(int bits) {
        return nextWord() >>> (32 - bits);
    }

    /** The next 32 random bits. */
    public int nextWord() {
        if (used == 4) {
            Philox.words(words, key, block++, a, b, purpose.ordinal());
            used = 0;
        }
        return words[used++];
    }

    /** The next float in [0, 1), by the rule that the GPU kernels share: {@link Philox#unit}. */
    public float nextUnit() {
        return Philox.unit(nextWord());
    }

    /** Uniform in [low, high). */
    public double uniform(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    /** True with the given probability. */
    public boolean chance(double probability) {
        return nextDouble() < probability;
    }

    /** A uniformly drawn permutation of 0..n-1 (Fisher-Yates). */
    public int[] permutation(int n) {
        int[] order = new int[n];
        Arrays.setAll(order, i -> i);
        for (int i = n - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }

    /** Not supported: a stream is its name. */
    @Override
    public void setSeed(int seed) {
        setSeed((long) seed);
    }

    /** Not supported: a stream is its name. */
    @Override
    public void setSeed(int[] seed) {
        setSeed(seed[0]);
    }

    /** Not supported: a stream is its name. */
    @Override
    public void setSeed(long seed) {
        throw new UnsupportedOperationException("a RandomStream's numbers are given by its name; make another stream");
    }
}
