package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.LaunchConfig;
import attmask.ops.ArgMax;
import attmask.tensor.Tensor;

/** {@link ArgMax} on the GPU, a block for a row: kernels/arg_max.cu. */
final class CudaArgMax extends ArgMax {
    private static final int BLOCK = 256;

    private final Kernels kernels;
    private final Kernels.Typed forward;

    CudaArgMax(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.typed("arg_max", "arg_max_forward");
    }

    @Override
    protected void computeForward(Tensor index, Tensor x) {
        kernels.launch(
                forward.of(x),
                LaunchConfig.of(x.rowCount(), BLOCK),
                kernels.args().pointer(at(index)).pointer(at(x)).i32(x.dim(-1)));
    }
}
