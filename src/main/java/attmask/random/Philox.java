package attmask.random;

/**
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 *
 * <p>A 128-bit counter and a 64-bit key give four 32-bit words, with no state in between: CPU and GPU draw the same
 * numbers from the same (key, counter), in any order and on any number of threads.
 */
public final class Philox {
    private static final int M0 = 0xD2511F53;
    private static final int M1 = 0xCD9E8D57;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;
    private static final int ROUNDS = 10;

    private Philox() {}

    /**
     * Writes the four words of one counter into {@code out[0..3]}.
     *
     * @param key the 64-bit key: a seed
     * @param c0 lowest word of the counter, and so on up to {@code c3}
     */
    public static void words(int[] out, long key, int c0, int c1, int c2, int c3) {
        int k0 = (int) key;
        int k1 = (int) (key >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = (M0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
            long p1 = (M1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += W0;
            k1 += W1;
        }
        out[0] = c0;
        out[1] = c1;
        out[2] = c2;
        out[3] = c3;
    }

    /** A word as a float in [0, 1): its upper 24 bits, so that every value is exact in float32. */
    public static float unit(int word) {
        return (word >>> 8) * 0x1p-24f;
    }
}
