package attmask.ops.cuda;

import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.tensor.Tensor;

/**
 * Sums over rows in two passes, kernels/column_sums.cuh: an op's own kernel leaves sums over blocks of rows in scratch
 * memory, {@link #finish} adds those up. The order of the additions depends on the shape alone.
 */
final class ColumnSums {
    private static final int WARP = 32;

    /** COLUMNS and SUMMANDS of column_sums.cuh. */
    private static final int COLUMNS = 128;

    private static final int SUMMANDS = 8;

    /** Rows worth a block of their own: eight for each thread. */
    private static final int FEWEST_ROWS = 64;

    /** About what the largest GPUs run at once. */
    private static final int BLOCKS = 1024;

    private final Kernels kernels;
    private final Driver.Kernel finish;

    ColumnSums(Kernels kernels) {
        this.kernels = kernels;
        finish = kernels.kernel("column_sums", "column_sums_finish");
    }

    /**
     * The first pass over (rows, width).
     *
     * @param blocks of rows, of {@code blockRows} each; the last may have fewer
     */
    record Split(int width, int blocks, int blockRows) {
        static Split of(int rows, int width) {
            int most = Math.max(1, BLOCKS / ceiling(width, COLUMNS));
            int blockRows = Math.max(FEWEST_ROWS, ceiling(rows, most));
            return new Split(width, ceiling(rows, blockRows), blockRows);
        }

        LaunchConfig config() {
            return columns(width, blocks);
        }
    }

    /** One thread in x for four of {@code width} columns; {@code blocks} blocks of rows. */
    static LaunchConfig columns(int width, int blocks) {
        return new LaunchConfig(ceiling(width, COLUMNS), blocks, 1, WARP, SUMMANDS, 0);
    }

    /** Scratch memory for the partial sums (split.blocks, sums, split.width). */
    long scratch(Split split, int sums) {
        return kernels.scratch((long) split.blocks() * sums * split.width() * Float.BYTES);
    }

    /** sum ← the sums of partial (rows, count of {@code sum}) over rows, divided by {@code divisor}. */
    void mean(Tensor sum, long partial, int rows, float divisor) {
        finish(sum, null, partial, rows, false, divisor);
    }

    /**
     * first ← first + the sums of partial (rows, 1 or 2, count of {@code first}) over rows, and second likewise.
     *
     * @param second null if there is one sum only
     */
    void add(Tensor first, Tensor second, long partial, int rows) {
        finish(first, second, partial, rows, true, 1);
    }

    private void finish(Tensor first, Tensor second, long partial, int rows, boolean accumulate, float divisor) {
        int width = Math.toIntExact(first.count());
        int columns = second == null ? width : 2 * width;
        kernels.launch(
                finish,
                new LaunchConfig(ceiling(columns, WARP), 1, 1, WARP, SUMMANDS, 0),
                kernels.args()
                        .pointer(Kernels.at(first))
                        .pointer(Kernels.at(second))
                        .pointer(partial)
                        .i32(rows)
                        .i32(width)
                        .i32(columns)
                        .i32(accumulate ? 1 : 0)
                        .f32(divisor));
    }

    private static int ceiling(int count, int size) {
        return (int) (((long) count + size - 1) / size);
    }
}
