package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Tensor;

/** {@link DistillationCrossEntropy} on the GPU, a block for a student row: kernels/distillation_cross_entropy.cu. */
final class CudaDistillationCrossEntropy extends DistillationCrossEntropy {
    /** Threads for rows that give each of them one 16-byte access or more, and for shorter ones. */
    private static final int LONG_BLOCK = 512;

    private static final int SHORT_BLOCK = 128;
    private static final int LONG_ROW = 4 * LONG_BLOCK;
    /** Of a teacher row in shared memory: its maximum, its log-sum and its index. */
    private static final int TEACHER_BYTES = 12;

    private final Kernels kernels;
    private final Driver.Kernel forwardBackward;

    CudaDistillationCrossEntropy(Kernels kernels) {
        this.kernels = kernels;
        forwardBackward = kernels.kernel("distillation_cross_entropy", "distillation_cross_entropy_forward_backward");
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
        int width = student.dim(-1);
        int most = pairs.dim(-1);
        kernels.launch(
                forwardBackward,
                LaunchConfig.of(student.rowCount(), width < LONG_ROW ? SHORT_BLOCK : LONG_BLOCK)
                        .withShared(most * TEACHER_BYTES),
                kernels.args()
                        .pointer(at(rowLoss))
                        .pointer(at(rowEntropy))
                        .pointer(at(dstudent))
                        .pointer(at(student))
                        .pointer(at(teacher))
                        .pointer(at(pairs))
                        .pointer(at(weights))
                        .pointer(at(center))
                        .i32(width)
                        .i32(most)
                        .f32((float) (1 / temperatures.teacher()))
                        .f32((float) (1 / temperatures.student())));
    }
}
