package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.GradientCheck;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CrossEntropyTest {
    /** (rows of targets, heads, C): awkward ones, a prime, ImageNet's classes, one longer than a block holds. */
    private static final int[][] SIZES = {
        {1, 1, 1}, {31, 1, 33}, {33, 2, 31}, {7, 5, 101}, {1, 3, 197}, {4, 1, 1000}, {2, 2, 2053}, {1, 1, 20_011}
    };

    private static final double WEIGHT = 0.7;

    /** Targets that sum to 1, as smoothed labels do, but for the last, of zeros. */
    private static double[] targets(int rows, int classes) {
        double[] targets = new double[rows * classes];
        for (int i = 0; i < rows; i++) {
            Arrays.fill(targets, i * classes, (i + 1) * classes, 0.25 / classes);
            targets[i * classes + i % classes] += 0.5;
            targets[i * classes + i * 7 % classes] += 0.25;
        }
        if (rows > 1) {
            Arrays.fill(targets, (rows - 1) * classes, rows * classes, 0);
        }
        return targets;
    }

    private static Consumer<Trial> program(int targetRows, int heads, int classes) {
        return trial -> {
            int rows = targetRows * heads;
            Tensor logits = trial.real("logits", rows, classes);
            Tensor targets = trial.real("targets", targets(targetRows, classes), targetRows, classes);
            // Logits are of order 1 to 5, and what is summed is weighted by targets that sum to 1.
            trial.sumsOf(4, 5);
            Tensor loss = trial.realOutput("loss", rows);
            Tensor dlogits = trial.output("dlogits", rows, classes);
            trial.backend().crossEntropy().forwardBackward(loss, dlogits, logits, targets, WEIGHT);
        };
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 2, 5), "loss", "logits");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2]));
        }
        Agreement.check(subject, program(0, 1, 5));
    }

    /** One image, two heads: equal logits cost ln 2, sure and wrong ones their distance. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void costOfTwoClasses(Subject subject) {
        double[] logits = {7, 7, /**/ 0, 1000, /**/ -1000, 1000, /**/ 3, 4};
        Trial.Result result = Trial.run(subject.backend(), trial -> trial.backend()
                .crossEntropy()
                .forwardBackward(
                        trial.realOutput("loss", 4),
                        trial.output("dlogits", 4, 2),
                        trial.real("logits", logits, 4, 2),
                        trial.real("targets", new double[] {1, 0, /**/ 0, 0}, 2, 2),
                        0.5));
        Tolerance roundings = Tolerance.of(subject.backend().real(), 1, 1);
        roundings.check("loss", new double[] {0.5 * Math.log(2), 500, 0, 0}, result.values("loss"));
        roundings.check("dlogits", new double[] {-0.25, 0.25, -0.5, 0.5, 0, 0, 0, 0}, result.values("dlogits"));
        assertArrayEquals(new double[4], Arrays.copyOfRange(result.values("dlogits"), 4, 8), 0, "a target of zeros");
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            CrossEntropy op = trial.backend().crossEntropy();
            Tensor x = trial.input("x", 4, 5);
            Tensor r = trial.input("r", 4);
            Tensor narrow = trial.input("narrow", 4, 3);
            Tensor three = trial.input("three", 3, 5);
            String name = "cross_entropy";
            Contract.rejects(() -> op.forwardBackward(r, narrow, x, x, 1), name, "dlogits", "(4, 3)", "(4, 5)");
            Contract.rejects(() -> op.forwardBackward(r, x, x, narrow, 1), name, "targets", "(4, 3)", "(4, 5)");
            Contract.rejects(() -> op.forwardBackward(r, x, x, three, 1), name, "targets", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forwardBackward(x, x, x, x, 1), name, "row loss", "(4, 5)", "4");
        });
    }
}
