package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.TokenMean;
import attmask.tensor.Tensor;

/** {@link TokenMean} on the GPU: kernels/token_mean.cu. */
final class CudaTokenMean extends TokenMean {
    private final Kernels kernels;
    private final Kernels.Typed partial;
    private final ColumnSums sums;

    CudaTokenMean(Kernels kernels) {
        this.kernels = kernels;
        partial = kernels.typed("token_mean", "token_mean_partial");
        sums = new ColumnSums(kernels);
    }

    @Override
    protected void computeForward(Tensor mean, Tensor x, int tokens, int first) {
        int rows = x.rowCount() / tokens * (tokens - first);
        int width = x.dim(-1);
        ColumnSums.Split split = ColumnSums.Split.of(rows, width);
        long scratch = sums.scratch(split, 1);
        kernels.launch(
                partial.of(x),
                split.config(),
                kernels.args()
                        .pointer(scratch)
                        .pointer(at(x))
                        .i32(rows)
                        .i32(tokens)
                        .i32(first)
                        .i32(width)
                        .i32(split.blockRows()));
        sums.mean(mean, scratch, split.blocks(), rows);
    }
}
