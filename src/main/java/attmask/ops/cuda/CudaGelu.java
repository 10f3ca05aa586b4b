package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.Gelu;
import attmask.tensor.Tensor;

/** {@link Gelu} on the GPU: kernels/gelu.cu. */
final class CudaGelu extends Gelu {
    private final Kernels kernels;
    private final Kernels.Typed forward;
    private final Kernels.Typed backward;

    CudaGelu(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.typed("gelu", "gelu_forward");
        backward = kernels.typed("gelu", "gelu_backward");
    }

    @Override
    protected void computeForward(Tensor y, Tensor x) {
        kernels.launch(
                forward.of(x),
                FlatLaunch.of(x.count()),
                kernels.args().pointer(at(y)).pointer(at(x)).i64(x.count()));
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor x) {
        kernels.launch(
                backward.of(x),
                FlatLaunch.of(x.count()),
                kernels.args().pointer(at(dx)).pointer(at(dy)).pointer(at(x)).i64(x.count()));
    }
}
