package attmask.benchmarks;

import attmask.ops.DistillationCrossEntropy.Temperatures;
import attmask.tensor.Tensor;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;

/** The patch loss with its gradient, (M, K), in place of the student's outputs. */
public class DistillationCrossEntropyBenchmark extends OpBenchmark {
    private static final Temperatures TEMPERATURES = new Temperatures(0.04, 0.1);

    private Tensor rowLoss, rowEntropy, dstudent, student, teacher, pairs, weights, center;

    @Override
    void plan() {
        int rows = masked();
        rowLoss = reals(rows);
        rowEntropy = reals(rows);
        dstudent = activations(rows, PROTOTYPES);
        student = activations(rows, PROTOTYPES);
        teacher = reals(rows, PROTOTYPES);
        pairs = ints(rows, 1);
        weights = reals(rows);
        center = reals(PROTOTYPES);
    }

    @Override
    void prepare() {
        int[] own = IntStream.range(0, masked()).toArray();
        backend().write(pairs, own, own.length);
    }

    @Benchmark
    public void forwardBackward(Work work) {
        run(work, moved(dstudent, student, teacher), 16.0 * student.count(), () -> backend()
                .distillationCrossEntropy()
                .forwardBackward(
                        rowLoss, rowEntropy, dstudent, student, teacher, pairs, weights, center, TEMPERATURES));
    }
}
