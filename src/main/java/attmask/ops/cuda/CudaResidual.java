package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.LaunchConfig;
import attmask.ops.Residual;
import attmask.tensor.Tensor;

/** {@link Residual} on the GPU: kernels/residual.cu. */
final class CudaResidual extends Residual {
    private final Kernels kernels;
    private final Kernels.Typed forward;
    private final Kernels.Typed backward;

    CudaResidual(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.typed("residual", "residual_forward");
        backward = kernels.typed("residual", "residual_backward");
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor branch, Tensor keep) {
        int images = images(keep);
        long perImage = y.count() / images;
        LaunchConfig config = FlatLaunch.of(images, perImage);
        kernels.launch(
                forward.of(y),
                config,
                kernels.args()
                        .pointer(at(y))
                        .pointer(at(x))
                        .pointer(at(branch))
                        .pointer(at(keep))
                        .i64(perImage)
                        .i32(config.gridX() / images));
    }

    @Override
    protected void computeBackward(Tensor dbranch, Tensor dy, Tensor keep) {
        int images = images(keep);
        long perImage = dy.count() / images;
        LaunchConfig config = FlatLaunch.of(images, perImage);
        kernels.launch(
                backward.of(dy),
                config,
                kernels.args()
                        .pointer(at(dbranch))
                        .pointer(at(dy))
                        .pointer(at(keep))
                        .i64(perImage)
                        .i32(config.gridX() / images));
    }

    /** Without a factor all is one image. */
    private static int images(Tensor keep) {
        return keep == null ? 1 : Math.toIntExact(keep.count());
    }
}
