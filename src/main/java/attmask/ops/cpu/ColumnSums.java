package attmask.ops.cpu;

import java.util.Arrays;

/**
 * Sums over rows, column by column, as gradients of biases and of norm parameters are: each block of rows fills its own
 * partial sum, and the partial sums are added in the order of the blocks, in double precision.
 */
final class ColumnSums {
    /** Rows that share a partial sum; the width of rounding in float, and few enough for many threads. */
    static final int BLOCK = 64;

    /** One array for each block: loops over two arrays are vectorised where both have the same index. */
    private float[][] partial = new float[0][];

    private double[] total = new double[0];
    private int width;
    private int blocks;

    /** Makes room for the partial sums of {@code rows} rows, all zero. */
    void start(int rows, int width) {
        this.width = width;
        blocks = Workers.chunks(rows, BLOCK);
        if (partial.length < blocks) {
            partial = Arrays.copyOf(partial, blocks);
        }
        for (int block = 0; block < blocks; block++) {
            if (partial[block] == null || partial[block].length < width) {
                partial[block] = new float[width];
            } else {
                Arrays.fill(partial[block], 0, width, 0f);
            }
        }
    }

    /** Partial sum of the block of {@code row} ← itself + x. */
    void add(int row, float[] x) {
        addRow(partial[row / BLOCK], 0, x, 0, width);
    }

    static void addRow(float[] sums, int at, float[] x, int from, int width) {
        for (int j = 0; j < width; j++) {
            sums[at + j] += x[from + j];
        }
    }

    /** to ← keep · to + scale · the sum over all blocks. */
    void finish(Floats to, double keep, double scale) {
        if (total.length < width) {
            total = new double[width];
        }
        Arrays.fill(total, 0, width, 0);
        for (int block = 0; block < blocks; block++) {
            addDoubles(total, partial[block], width);
        }
        for (int j = 0; j < width; j++) {
            to.put(j, (float) ((keep == 0 ? 0 : keep * to.get(j)) + scale * total[j]));
        }
    }

    private static void addDoubles(double[] sums, float[] x, int count) {
        for (int j = 0; j < count; j++) {
            sums[j] += x[j];
        }
    }
}
