package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.CrossEntropy;
import attmask.tensor.Tensor;

/** {@link CrossEntropy} on the GPU: kernels/cross_entropy.cu. */
final class CudaCrossEntropy extends CrossEntropy {
    private final Kernels kernels;
    private final Kernels.Typed forwardBackward;

    CudaCrossEntropy(Kernels kernels) {
        this.kernels = kernels;
        forwardBackward = kernels.typed("cross_entropy", "cross_entropy_forward_backward");
    }

    @Override
    protected void compute(Tensor rowLoss, Tensor dlogits, Tensor logits, Tensor targets, double weight) {
        int rows = logits.rowCount();
        int classes = logits.dim(-1);
        kernels.launch(
                forwardBackward.of(dlogits),
                RowLaunch.of(rows, classes),
                kernels.args()
                        .pointer(at(rowLoss))
                        .pointer(at(dlogits))
                        .pointer(at(logits))
                        .pointer(at(targets))
                        .i32(rows)
                        .i32(classes)
                        .i32(rows / targets.rowCount())
                        .f32((float) weight));
    }
}
