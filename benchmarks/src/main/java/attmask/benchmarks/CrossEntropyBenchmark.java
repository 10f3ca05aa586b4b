package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The loss of eight linear heads on ImageNet's classes, (8·B, 1000), with its gradient. */
public class CrossEntropyBenchmark extends OpBenchmark {
    private static final int HEADS_SWEPT = 8;
    private static final int CLASSES = 1000;

    private Tensor rowLoss, dlogits, logits, targets;

    @Override
    void plan() {
        rowLoss = reals(HEADS_SWEPT * images);
        dlogits = reals(HEADS_SWEPT * images, CLASSES);
        logits = reals(HEADS_SWEPT * images, CLASSES);
        targets = reals(images, CLASSES);
    }

    @Benchmark
    public void forwardBackward(Work work) {
        run(work, moved(rowLoss, dlogits, logits, targets), 10.0 * logits.count(), () -> backend()
                .crossEntropy()
                .forwardBackward(rowLoss, dlogits, logits, targets, 1.0 / images));
    }
}
