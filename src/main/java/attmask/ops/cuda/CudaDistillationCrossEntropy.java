package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.LaunchConfig;
import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Tensor;
import java.util.stream.Stream;

/**
 * {@link DistillationCrossEntropy} on the GPU, a block for a student row: kernels/distillation_cross_entropy.cu. Rows of
 * up to 8192 logits stay in a block's registers and are read once; longer ones are read twice.
 */
final class CudaDistillationCrossEntropy extends DistillationCrossEntropy {
    private static final int FEWEST_THREADS = 64;
    private static final int MOST_HOLDING = 256;
    private static final int STREAMING = 512;
    /** Packs that a thread holds, and numbers of a pack where rows start on a multiple of it. */
    private static final int HELD = 8;

    private static final int WIDE = 4;
    /** Of a teacher row in shared memory, when streaming: its maximum, its log-sum and its index. */
    private static final int TEACHER_BYTES = 12;

    private final Kernels kernels;
    private final Kernels.Typed held;
    private final Kernels.Typed streamed;

    CudaDistillationCrossEntropy(Kernels kernels) {
        this.kernels = kernels;
        held = kernels.typed("distillation_cross_entropy", "distillation_cross_entropy_held");
        streamed = kernels.typed("distillation_cross_entropy", "distillation_cross_entropy_streamed");
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
        boolean wide = width % WIDE == 0
                && Stream.of(dstudent, student, teacher, center).allMatch(CudaDistillationCrossEntropy::startsWide);
        int perThread = HELD * (wide ? WIDE : 1);
        boolean holds = width <= MOST_HOLDING * perThread;
        LaunchConfig config = LaunchConfig.of(student.rowCount(), holds ? threads(width, perThread) : STREAMING);
        kernels.launch(
                (holds ? held : streamed).of(student),
                holds ? config : config.withShared(most * TEACHER_BYTES),
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

    /** As aligned() of kernels/vectors.cuh. */
    private static boolean startsWide(Tensor tensor) {
        return at(tensor) % (WIDE * (long) tensor.type().bytes()) == 0;
    }

    private static int threads(int width, int perThread) {
        int threads = FEWEST_THREADS;
        while (threads * perThread < width) {
            threads *= 2;
        }
        return threads;
    }
}
