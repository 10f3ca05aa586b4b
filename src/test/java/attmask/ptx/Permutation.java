package attmask.ptx;

/** Orders of a few things, another one each time; the same ones for the same seed. */
final class Permutation {
    private final int[] order;
    private long state;

    /** @param seed 0 for the natural order every time */
    Permutation(int count, long seed) {
        order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        state = seed * 0x9e3779b97f4a7c15L;
    }

    int[] next() {
        if (state != 0) {
            for (int i = order.length - 1; i > 0; i--) {
                int j = (int) Long.remainderUnsigned(random(), i + 1);
                int swapped = order[i];
                order[i] = order[j];
                order[j] = swapped;
            }
        }
        return order;
    }

    /** Marsaglia's xorshift: the quality of the numbers does not matter, their repeatability does. */
    private long random() {
        state ^= state << 13;
        state ^= state >>> 7;
        state ^= state << 17;
        return state;
    }
}
