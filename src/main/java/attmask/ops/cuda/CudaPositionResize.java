package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.Grid;
import attmask.ops.PositionResize;
import attmask.tensor.Tensor;

/** {@link PositionResize} on the GPU: kernels/position_resize.cu. */
final class CudaPositionResize extends PositionResize {
    private static final int THREADS = 128;

    private final Kernels kernels;
    private final Driver.Kernel forward;
    private final Driver.Kernel backward;
    private final Driver.Kernel add;

    CudaPositionResize(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.kernel("position_resize", "position_resize_forward");
        backward = kernels.kernel("position_resize", "position_resize_backward");
        add = kernels.kernel("position_resize", "position_resize_add");
    }

    @Override
    protected void computeForward(Tensor out, Tensor positions, Grid from, Grid to) {
        if (from.equals(to)) {
            kernels.driver().copy(Driver.Stream.MAIN, at(out), at(positions), out.count() * Float.BYTES);
        } else {
            kernels.launch(forward, RowLaunch.of(1 + to.tokens(), out.dim(-1)), args(out, positions, from, to));
        }
    }

    @Override
    protected void computeBackward(Tensor dpositions, Tensor dout, Grid from, Grid to) {
        if (from.equals(to)) {
            long count = dout.count();
            kernels.launch(
                    add,
                    FlatLaunch.of(count),
                    kernels.args().pointer(at(dpositions)).pointer(at(dout)).i64(count));
        } else {
            int shared = (to.height() + to.width()) * Float.BYTES;
            kernels.launch(
                    backward,
                    LaunchConfig.of(1 + from.tokens(), THREADS).withShared(shared),
                    args(dpositions, dout, from, to));
        }
    }

    private Args args(Tensor result, Tensor input, Grid from, Grid to) {
        return kernels.args()
                .pointer(at(result))
                .pointer(at(input))
                .i32(from.height())
                .i32(from.width())
                .i32(to.height())
                .i32(to.width())
                .i32(result.dim(-1));
    }
}
