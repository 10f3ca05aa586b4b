package attmask.ptx;

/**
 * What a GPU leaves open, chosen to hurt: results must not depend on it.
 *
 * @param order seed of the order of blocks and of warps; 0 for the natural one
 * @param noise seed of the last place of {@code .approx} results and of the order of sums in mma; 0 for none
 */
public record Adversary(long order, int noise) {
    /** Natural order, exact results. */
    public static final Adversary NONE = new Adversary(0, 0);
}
