package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.L2Normalize;
import attmask.tensor.Tensor;

/** {@link L2Normalize} on the GPU: kernels/l2_normalize.cu. */
final class CudaL2Normalize extends L2Normalize {
    private final Kernels kernels;
    private final Kernels.Typed forward;
    private final Kernels.Typed backward;

    CudaL2Normalize(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.typed("l2_normalize", "l2_normalize_forward");
        backward = kernels.typed("l2_normalize", "l2_normalize_backward");
    }

    @Override
    protected void computeForward(Tensor y, Tensor norm, Tensor x) {
        int rows = x.rowCount();
        int width = x.dim(-1);
        kernels.launch(
                forward.of(x),
                RowLaunch.of(rows, width),
                kernels.args()
                        .pointer(at(y))
                        .pointer(at(norm))
                        .pointer(at(x))
                        .i32(rows)
                        .i32(width)
                        .f32((float) EPSILON));
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor y, Tensor norm) {
        int rows = y.rowCount();
        int width = y.dim(-1);
        kernels.launch(
                backward.of(y),
                RowLaunch.of(rows, width),
                kernels.args()
                        .pointer(at(dx))
                        .pointer(at(dy))
                        .pointer(at(y))
                        .pointer(at(norm))
                        .i32(rows)
                        .i32(width)
                        .f32((float) EPSILON));
    }
}
