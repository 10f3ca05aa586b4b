package attmask.nn;

import attmask.ops.Grid;

/**
 * Crops of one size that go through the transformer together.
 *
 * @param images how many
 * @param grid patches of one crop
 */
public record Crops(int images, Grid grid) {
    /** T = 1 + N, tokens of one crop with its [CLS]. */
    public int tokens() {
        return 1 + grid.tokens();
    }

    /** Packed rows of all crops. */
    public int rows() {
        return images * tokens();
    }
}
