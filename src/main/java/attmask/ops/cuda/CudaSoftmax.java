package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.ops.Softmax;
import attmask.tensor.Tensor;

/** {@link Softmax} on the GPU: kernels/softmax.cu. */
final class CudaSoftmax extends Softmax {
    private final Kernels kernels;
    private final Driver.Kernel forward;
    private final Driver.Kernel backward;

    CudaSoftmax(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.kernel("softmax", "softmax_forward");
        backward = kernels.kernel("softmax", "softmax_backward");
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor center, double temperature) {
        launch(forward, y, x, center, temperature);
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor y, double temperature) {
        launch(backward, dx, dy, y, temperature);
    }

    private void launch(Driver.Kernel kernel, Tensor out, Tensor in, Tensor other, double temperature) {
        int rows = in.rowCount();
        int width = in.dim(-1);
        kernels.launch(
                kernel,
                RowLaunch.of(rows, width),
                kernels.args()
                        .pointer(at(out))
                        .pointer(at(in))
                        .pointer(at(other))
                        .i32(rows)
                        .i32(width)
                        .f32((float) (1 / temperature)));
    }
}
