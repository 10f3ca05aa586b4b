package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.L1Loss;
import attmask.tensor.Tensor;

/** {@link L1Loss} on the GPU: kernels/l1_loss.cu. */
final class CudaL1Loss extends L1Loss {
    private final Kernels kernels;
    private final Kernels.Typed forwardBackward;

    CudaL1Loss(Kernels kernels) {
        this.kernels = kernels;
        forwardBackward = kernels.typed("l1_loss", "l1_loss_forward_backward");
    }

    @Override
    protected void compute(Tensor rowLoss, Tensor dx, Tensor x, Tensor target, double scale) {
        int rows = x.rowCount();
        int width = x.dim(-1);
        kernels.launch(
                forwardBackward.of(x),
                RowLaunch.of(rows, width),
                kernels.args()
                        .pointer(at(rowLoss))
                        .pointer(at(dx))
                        .pointer(at(x))
                        .pointer(at(target))
                        .i32(rows)
                        .i32(width)
                        .f32((float) scale));
    }
}
