package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.Unfold;
import attmask.tensor.Tensor;

/** {@link Unfold} on the GPU: kernels/unfold.cu. */
final class CudaUnfold extends Unfold {
    private final Kernels kernels;
    private final Kernels.Typed forward;

    CudaUnfold(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.typed("unfold", "unfold_forward");
    }

    @Override
    protected void computeForward(Tensor patches, Tensor images, int patch) {
        int rows = patches.rowCount();
        kernels.launch(
                forward.of(patches),
                RowLaunch.of(rows, patches.dim(-1)),
                kernels.args()
                        .pointer(at(patches))
                        .pointer(at(images))
                        .i32(rows)
                        .i32(images.dim(1))
                        .i32(images.dim(2))
                        .i32(images.dim(3))
                        .i32(patch));
    }
}
