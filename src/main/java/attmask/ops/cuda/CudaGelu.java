package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.ops.Gelu;
import attmask.tensor.Tensor;

/** {@link Gelu} on the GPU: kernels/gelu.cu. */
final class CudaGelu extends Gelu {
    private final Kernels kernels;
    private final Driver.Kernel forward;
    private final Driver.Kernel backward;

    CudaGelu(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.kernel("gelu", "gelu_forward");
        backward = kernels.kernel("gelu", "gelu_backward");
    }

    @Override
    protected void computeForward(Tensor y, Tensor x) {
        kernels.launch(
                forward,
                FlatLaunch.of(x.count()),
                kernels.args().pointer(at(y)).pointer(at(x)).i64(x.count()));
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor x) {
        kernels.launch(
                backward,
                FlatLaunch.of(x.count()),
                kernels.args().pointer(at(dx)).pointer(at(dy)).pointer(at(x)).i64(x.count()));
    }
}
