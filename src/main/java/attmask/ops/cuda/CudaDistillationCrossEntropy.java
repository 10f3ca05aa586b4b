package attmask.ops.cuda;

import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Tensor;

/** {@link DistillationCrossEntropy} on the GPU: kernels/distillation_cross_entropy.cu. */
final class CudaDistillationCrossEntropy extends DistillationCrossEntropy {
    private final Kernels kernels;

    CudaDistillationCrossEntropy(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void compute(
            Tensor rowLoss,
            Tensor rowEntropy,
            Tensor dstudent,
            Tensor student,
            Tensor teacher,
            Tensor pairs,
            Tensor weights,
            Tensor center,
            Temperatures temperatures) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
