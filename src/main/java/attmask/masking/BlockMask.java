package attmask.masking;

import attmask.ops.Grid;
import attmask.random.RandomStream;

/** BEiT's block-wise masks (Bao et al. 2022, algorithm 1), as iBOT draws them: rectangles until r·T tokens are hidden. */
public final class BlockMask {
    private static final int TRIES = 10;
    /** Height over width of a block lies between this and its inverse. */
    private static final double SMALLEST_ASPECT = 0.3;

    private final Grid grid;
    private final RandomStream random;
    private final boolean[] mask;

    private BlockMask(Grid grid, RandomStream random) {
        this.grid = grid;
        this.random = random;
        this.mask = new boolean[grid.tokens()];
    }

    /**
     * Hides at most r·T tokens, often a few less: when ten blocks in a row do not fit, the mask is left as it is.
     *
     * @param ratio r, in [0, 1]
     * @return (T), row-major over the grid, true where hidden
     */
    public static boolean[] draw(Grid grid, double ratio, RandomStream random) {
        if (!(ratio >= 0 && ratio <= 1)) {
            throw new IllegalArgumentException("block mask: ratio " + ratio + " is not between 0 and 1");
        }
        BlockMask drawing = new BlockMask(grid, random);
        double want = ratio * grid.tokens();
        int count = 0;
        while (count < want) {
            int added = drawing.addBlock(want - count);
            if (added == 0) {
                break;
            }
            count += added;
        }
        return drawing.mask;
    }

    /** Hides one block of at most {@code room} new tokens; returns their number, 0 if ten tries do not fit. */
    private int addBlock(double room) {
        int third = Math.min(grid.height(), grid.width()) / 3;
        double logAspect = Math.log(SMALLEST_ASPECT);
        for (int attempt = 0; attempt < TRIES; attempt++) {
            // The lower limit may be the larger one; the draw between the two is meant all the same.
            double area = random.uniform(third * third, room);
            double aspect = Math.exp(random.uniform(logAspect, -logAspect));
            int height = (int) Math.rint(Math.sqrt(area * aspect));
            int width = (int) Math.rint(Math.sqrt(area / aspect));
            if (height >= grid.height() || width >= grid.width()) {
                continue;
            }
            int top = random.nextInt(grid.height() - height + 1);
            int left = random.nextInt(grid.width() - width + 1);
            int added = height * width - hidden(top, left, height, width);
            if (added > 0 && added <= room) {
                hide(top, left, height, width);
                return added;
            }
        }
        return 0;
    }

    private int hidden(int top, int left, int height, int width) {
        int count = 0;
        for (int y = top; y < top + height; y++) {
            for (int x = left; x < left + width; x++) {
                count += mask[y * grid.width() + x] ? 1 : 0;
            }
        }
        return count;
    }

    private void hide(int top, int left, int height, int width) {
        for (int y = top; y < top + height; y++) {
            for (int x = left; x < left + width; x++) {
                mask[y * grid.width() + x] = true;
            }
        }
    }
}
