package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.ops.WeightNorm;
import attmask.tensor.Tensor;

/** {@link WeightNorm} on the GPU: kernels/weight_norm.cu. */
final class CudaWeightNorm extends WeightNorm {
    private final Kernels kernels;
    private final Kernels.Typed forward;
    private final Driver.Kernel backward;

    CudaWeightNorm(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.typed("weight_norm", "weight_norm_forward");
        backward = kernels.kernel("weight_norm", "weight_norm_backward");
    }

    @Override
    protected void computeForward(Tensor w, Tensor norm, Tensor v, Tensor g) {
        if (v.count() > 0) {
            kernels.launch(
                    forward.of(w),
                    RowLaunch.of(v.dim(0), v.dim(1)),
                    kernels.args()
                            .pointer(at(w))
                            .pointer(at(norm))
                            .pointer(at(v))
                            .pointer(at(g))
                            .i32(v.dim(0))
                            .i32(v.dim(1)));
        }
    }

    @Override
    protected void computeBackward(Tensor dv, Tensor dg, Tensor dw, Tensor v, Tensor g, Tensor norm) {
        if (v.count() > 0) {
            kernels.launch(
                    backward,
                    RowLaunch.of(v.dim(0), v.dim(1)),
                    kernels.args()
                            .pointer(at(dv))
                            .pointer(at(dg))
                            .pointer(at(dw))
                            .pointer(at(v))
                            .pointer(at(g))
                            .pointer(at(norm))
                            .i32(v.dim(0))
                            .i32(v.dim(1)));
        }
    }
}
