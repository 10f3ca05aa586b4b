package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.GemmType;
import attmask.ops.Linear;
import attmask.tensor.Tensor;

/**
 * {@link Linear} on the GPU: products by cuBLAS, bias and GELU by kernels/linear.cu. The bias is written into y before the
 * product is added to it: that launch moves y once, where one after the product would have to read it as well, and the
 * product's own reading of y hides behind its arithmetic.
 */
final class CudaLinear extends Linear {
    /** Rows that a block fills: 16 for each of its warps, so that reading the bias is little beside writing y. */
    private static final int FILLED_ROWS = 128;

    private final Kernels kernels;
    private final Products products;
    private final ColumnSums sums;
    private final Kernels.Typed fill;
    private final Kernels.Typed gelu;
    private final Kernels.Typed geluBackward;
    private final Kernels.Typed partial;

    /** @param real type of products of float32 */
    CudaLinear(Kernels kernels, GemmType real) {
        this.kernels = kernels;
        products = new Products(kernels.driver(), real);
        sums = new ColumnSums(kernels);
        fill = kernels.typed("linear", "linear_bias");
        gelu = kernels.typed("linear", "linear_gelu");
        geluBackward = kernels.typed("linear", "linear_gelu_backward");
        partial = kernels.typed("linear", "linear_bias_backward_partial");
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor weight, Tensor bias) {
        int rows = x.rowCount();
        int outputs = weight.dim(0);
        if (bias != null) {
            fill(y, bias, rows, outputs);
        }
        float beta = bias == null ? 0 : 1;
        products.multiply(false, true, rows, outputs, weight.dim(1), x, weight, beta, y);
    }

    /** Here the bias comes after the product: what follows reads h anyway. */
    @Override
    protected void computeForwardGelu(Tensor y, Tensor hidden, Tensor x, Tensor weight, Tensor bias) {
        int rows = x.rowCount();
        int outputs = weight.dim(0);
        products.multiply(false, true, rows, outputs, weight.dim(1), x, weight, 0, hidden);
        kernels.launch(
                gelu.of(y),
                ColumnSums.columns(outputs, (rows + FILLED_ROWS - 1) / FILLED_ROWS),
                kernels.args()
                        .pointer(at(y))
                        .pointer(at(hidden))
                        .pointer(at(bias))
                        .i32(rows)
                        .i32(outputs)
                        .i32(FILLED_ROWS));
    }

    @Override
    protected void computeBackwardInput(Tensor dx, Tensor dy, Tensor weight) {
        products.multiply(false, false, dy.rowCount(), weight.dim(1), weight.dim(0), dy, weight, 0, dx);
    }

    @Override
    protected void computeBackwardInputGelu(Tensor dhidden, Tensor dy, Tensor weight, Tensor hidden) {
        computeBackwardInput(dhidden, dy, weight);
        kernels.launch(
                geluBackward.of(dhidden),
                FlatLaunch.of(dhidden.count()),
                kernels.args().pointer(at(dhidden)).pointer(at(hidden)).i64(dhidden.count()));
    }

    @Override
    protected void computeBackwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x) {
        int rows = dy.rowCount();
        int outputs = dweight.dim(0);
        products.multiply(true, false, outputs, dweight.dim(1), rows, dy, x, 1, dweight);
        if (dbias != null) {
            addColumnSums(dbias, dy, rows, outputs);
        }
    }

    private void fill(Tensor y, Tensor bias, int rows, int outputs) {
        kernels.launch(
                fill.of(y),
                ColumnSums.columns(outputs, (rows + FILLED_ROWS - 1) / FILLED_ROWS),
                kernels.args()
                        .pointer(at(y))
                        .pointer(at(bias))
                        .i32(rows)
                        .i32(outputs)
                        .i32(FILLED_ROWS));
    }

    private void addColumnSums(Tensor dbias, Tensor dy, int rows, int outputs) {
        ColumnSums.Split split = ColumnSums.Split.of(rows, outputs);
        long scratch = sums.scratch(split, 1);
        kernels.launch(
                partial.of(dy),
                split.config(),
                kernels.args()
                        .pointer(scratch)
                        .pointer(at(dy))
                        .i32(rows)
                        .i32(outputs)
                        .i32(split.blockRows()));
        sums.add(dbias, null, scratch, split.blocks());
    }
}
