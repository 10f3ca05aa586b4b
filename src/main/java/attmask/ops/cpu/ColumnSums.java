package attmask.ops.cpu;

import java.util.Arrays;

/**
 * Sums over rows, column by column, as gradients of biases and of norm parameters are: each block of rows fills its own
 * partial sum, and the partial sums are added in the order of the blocks, in double precision.
 */
final class ColumnSums {
    /** Rows that share a partial sum; the width of rounding in float, and few enough for many threads. */
    static final int BLOCK = 64;

    private float[] partial = new float[0];
    private int width;
    private int blocks;

    /** Makes room for the partial sums of {@code rows} rows, all zero. */
    void start(int rows, int width) {
        this.width = width;
        blocks = Workers.chunks(rows, BLOCK);
        int length = Math.multiplyExact(blocks, width);
        if (partial.length < length) {
            partial = new float[length];
        } else {
            Arrays.fill(partial, 0, length, 0f);
        }
    }

    /** The array that holds the partial sums; that of the block with row {@code row} starts at {@link #at}. */
    float[] partial() {
        return partial;
    }

    int at(int row) {
        return row / BLOCK * width;
    }

    /** Partial sum of the block of {@code row} ← itself + {@code rows} rows of x. */
    void add(int row, float[] x, int rows) {
        for (int i = 0; i < rows; i++) {
            addRow(partial, at(row), x, i * width, width);
        }
    }

    static void addRow(float[] sums, int at, float[] x, int from, int width) {
        for (int j = 0; j < width; j++) {
            sums[at + j] += x[from + j];
        }
    }

    /** to ← keep · to + scale · the sum over all blocks. */
    void finish(Floats to, double keep, double scale) {
        for (int j = 0; j < width; j++) {
            double sum = 0;
            for (int block = 0; block < blocks; block++) {
                sum += partial[block * width + j];
            }
            to.put(j, (float) ((keep == 0 ? 0 : keep * to.get(j)) + scale * sum));
        }
    }
}
