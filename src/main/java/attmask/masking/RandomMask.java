package attmask.masking;

import attmask.random.RandomStream;

/** Uniformly random tokens; with r = 0.75 fixed these are MAE's masks. */
public final class RandomMask {
    private RandomMask() {}

    /**
     * Hides exactly int(r·T) tokens.
     *
     * @param tokens T
     * @param ratio r, in [0, 1]
     * @return (T), true where hidden
     */
    public static boolean[] draw(int tokens, double ratio, RandomStream random) {
        if (!(ratio >= 0 && ratio <= 1)) {
            throw new IllegalArgumentException("random mask: ratio " + ratio + " is not between 0 and 1");
        }
        boolean[] mask = new boolean[tokens];
        int[] order = random.permutation(tokens);
        for (int i = 0; i < (int) (ratio * tokens); i++) {
            mask[order[i]] = true;
        }
        return mask;
    }
}
