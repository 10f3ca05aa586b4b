package attmask.ops.cuda;

import attmask.cuda.LaunchConfig;

/**
 * How rows are spread over threads by kernels/row_threads.cuh: up to 1024 columns a row is a warp's and eight rows are in
 * a block, beyond that it is a block's, of as many warps as hold it in registers if that is possible.
 */
final class RowLaunch {
    private static final int WARP = 32;
    private static final int ROWS_OF_A_BLOCK = 8;

    /** Columns that a thread holds: 8 times 4, as in row_threads.cuh. */
    private static final int HELD = 32;

    /** ROW_THREADS of row_threads.cuh. */
    private static final int MOST_THREADS = 512;

    private RowLaunch() {}

    static LaunchConfig of(int rows, int width) {
        if (width <= WARP * HELD) {
            int blocks = (rows + ROWS_OF_A_BLOCK - 1) / ROWS_OF_A_BLOCK;
            return new LaunchConfig(blocks, 1, 1, WARP, ROWS_OF_A_BLOCK, 0);
        }
        int threads = 2 * WARP;
        while (threads < MOST_THREADS && threads * HELD < width) {
            threads *= 2;
        }
        return LaunchConfig.of(rows, threads);
    }
}
