package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.Linear;
import attmask.tensor.Tensor;

/**
 * {@link Linear} on the GPU: products by cuBLAS, bias by kernels/linear.cu. The bias is written into y before the
 * product is added to it: that launch writes y once, where one after the product would read it as well, and the
 * product's own reading of y hides behind its arithmetic.
 */
final class CudaLinear extends Linear {
    private static final int COLUMNS = 32;
    private static final int ROWS = 8;
    /** Rows that make a block of the column sums worth its launch. */
    private static final int FEWEST = 64;
    /** Blocks of 256 threads that fill a multiprocessor. */
    private static final int BLOCKS_PER_PROCESSOR = 8;

    private final Kernels kernels;
    private final Products products;
    private final RowKernel bias;
    private final RowKernel columnSums;

    CudaLinear(Kernels kernels) {
        this.kernels = kernels;
        products = new Products(kernels.driver());
        bias = new RowKernel(kernels, "linear", "linear_bias");
        columnSums = new RowKernel(kernels, "linear", "linear_column_sums");
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor weight, Tensor bias) {
        int rows = x.rowCount();
        int outputs = weight.dim(0);
        if (bias != null) {
            fill(at(y), at(bias), rows, outputs);
        }
        float beta = bias == null ? 0 : 1;
        products.multiply(false, true, rows, outputs, weight.dim(1), at(x), at(weight), beta, at(y));
    }

    @Override
    protected void computeBackwardInput(Tensor dx, Tensor dy, Tensor weight) {
        products.multiply(false, false, dy.rowCount(), weight.dim(1), weight.dim(0), at(dy), at(weight), 0, at(dx));
    }

    @Override
    protected void computeBackwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x) {
        int rows = dy.rowCount();
        int outputs = dweight.dim(0);
        products.multiply(true, false, outputs, dweight.dim(1), rows, at(dy), at(x), 1, at(dweight));
        if (dbias != null) {
            addColumnSums(at(dbias), at(dy), rows, outputs);
        }
    }

    private void fill(long y, long values, int rows, int width) {
        boolean wide = RowKernel.isWide(width, y | values);
        int columnBlocks = columnBlocks(width, wide);
        int rowBlocks = rowBlocks(columnBlocks, (rows + ROWS - 1) / ROWS);
        kernels.launch(
                bias.get(wide),
                blocks(columnBlocks, rowBlocks),
                kernels.args().pointer(y).pointer(values).i32(rows).i32(width));
    }

    /** sums (width) ← sums + Σ rows of x: blocks of rows first, then those sums in order. */
    private void addColumnSums(long sums, long x, int rows, int width) {
        boolean wide = RowKernel.isWide(width, sums | x);
        int columnBlocks = columnBlocks(width, wide);
        int rowBlocks = rowBlocks(columnBlocks, (rows + FEWEST - 1) / FEWEST);
        Driver.Kernel kernel = columnSums.get(wide);
        if (rowBlocks == 1) {
            launchSums(kernel, columnBlocks, 1, sums, x, rows, width, rows, true);
        } else {
            long parts = kernels.scratch((long) rowBlocks * width * Float.BYTES);
            int perBlock = (rows + rowBlocks - 1) / rowBlocks;
            launchSums(kernel, columnBlocks, rowBlocks, parts, x, rows, width, perBlock, false);
            launchSums(kernel, columnBlocks, 1, sums, parts, rowBlocks, width, rowBlocks, true);
        }
    }

    private void launchSums(
            Driver.Kernel kernel,
            int columnBlocks,
            int rowBlocks,
            long sums,
            long x,
            int rows,
            int width,
            int rowsPerBlock,
            boolean accumulate) {
        kernels.launch(
                kernel,
                blocks(columnBlocks, rowBlocks),
                kernels.args()
                        .pointer(sums)
                        .pointer(x)
                        .i32(rows)
                        .i32(width)
                        .i32(rowsPerBlock)
                        .i32(accumulate ? 1 : 0));
    }

    private static int columnBlocks(int width, boolean wide) {
        int columns = COLUMNS * RowKernel.floats(wide);
        return (width + columns - 1) / columns;
    }

    /** As many as fill the device, but at least 1 and at most {@code most}. */
    private int rowBlocks(int columnBlocks, int most) {
        int filling = BLOCKS_PER_PROCESSOR * kernels.driver().device().processors() / columnBlocks;
        return Math.max(1, Math.min(filling, most));
    }

    private static LaunchConfig blocks(int columnBlocks, int rowBlocks) {
        return new LaunchConfig(columnBlocks, rowBlocks, 1, COLUMNS, ROWS, 0);
    }
}
