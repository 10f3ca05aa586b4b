package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.LayerNorm;
import attmask.tensor.Tensor;

/** {@link LayerNorm} on the GPU: kernels/layer_norm.cu. */
final class CudaLayerNorm extends LayerNorm {
    private final Kernels kernels;
    private final Kernels.Typed forward;
    private final Kernels.Typed forwardSum;
    private final Kernels.Typed backward;
    private final Kernels.Typed partial;
    private final ColumnSums sums;

    CudaLayerNorm(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.typed("layer_norm", "layer_norm_forward");
        forwardSum = kernels.typed("layer_norm", "layer_norm_forward_sum");
        backward = kernels.typed("layer_norm", "layer_norm_backward");
        partial = kernels.typed("layer_norm", "layer_norm_backward_partial");
        sums = new ColumnSums(kernels);
    }

    @Override
    protected void computeForward(
            Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        int rows = x.rowCount();
        int width = x.dim(-1);
        kernels.launch(
                forward.of(x),
                RowLaunch.of(rows, width),
                kernels.args()
                        .pointer(at(y))
                        .pointer(at(mean))
                        .pointer(at(rstd))
                        .pointer(at(x))
                        .pointer(at(gamma))
                        .pointer(at(beta))
                        .i32(rows)
                        .i32(width)
                        .f32((float) epsilon));
    }

    @Override
    protected void computeForwardSum(
            Tensor y,
            Tensor mean,
            Tensor rstd,
            Tensor sum,
            Tensor x,
            Tensor branch,
            Tensor keep,
            Tensor gamma,
            Tensor beta,
            double epsilon) {
        int rows = sum.rowCount();
        int width = sum.dim(-1);
        kernels.launch(
                forwardSum.of(sum),
                RowLaunch.of(rows, width),
                kernels.args()
                        .pointer(at(y))
                        .pointer(at(mean))
                        .pointer(at(rstd))
                        .pointer(at(sum))
                        .pointer(at(x))
                        .pointer(at(branch))
                        .pointer(at(keep))
                        .pointer(at(gamma))
                        .pointer(at(beta))
                        .i32(rows)
                        .i32(width)
                        .i32(rowsOfImage(keep, rows))
                        .f32((float) epsilon));
    }

    /** Without a factor all is one image. */
    private static int rowsOfImage(Tensor keep, int rows) {
        return keep == null ? rows : rows / Math.toIntExact(keep.count());
    }

    @Override
    protected void computeBackward(
            Tensor dx,
            Tensor dbranch,
            Tensor keep,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma) {
        int rows = x.rowCount();
        int width = x.dim(-1);
        ColumnSums.Split split = ColumnSums.Split.of(rows, width);
        long scratch = sums.scratch(split, 2);
        kernels.launch(
                partial.of(x),
                split.config(),
                kernels.args()
                        .pointer(scratch)
                        .pointer(at(dy))
                        .pointer(at(x))
                        .pointer(at(mean))
                        .pointer(at(rstd))
                        .i32(rows)
                        .i32(width)
                        .i32(split.blockRows()));
        sums.add(dgamma, dbeta, scratch, split.blocks());
        kernels.launch(
                backward.of(x),
                RowLaunch.of(rows, width),
                kernels.args()
                        .pointer(at(dx))
                        .pointer(at(dbranch))
                        .pointer(at(dy))
                        .pointer(at(x))
                        .pointer(at(mean))
                        .pointer(at(rstd))
                        .pointer(at(gamma))
                        .pointer(at(keep))
                        .i32(rows)
                        .i32(width)
                        .i32(rowsOfImage(keep, rows)));
    }
}
