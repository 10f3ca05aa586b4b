package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.GradientCheck;
import attmask.testkit.Trial;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class L1LossTest {
    /** (R, D): awkward ones, a prime, ViT-Small's patches of 3·16·16 pixels, and rows that take a block each. */
    private static final int[][] SIZES = {{1, 1}, {31, 33}, {33, 31}, {20, 101}, {1, 197}, {196, 768}, {3, 2052}};

    /** No power of two. */
    private static final double SCALE = 0.3;

    /** Every seventh number is on target: there the gradient is 0. */
    private static Consumer<Trial> program(int rows, int width, boolean inPlace) {
        double[] targets = Trial.normal("target", rows * width);
        double[] values = Trial.normal("x", rows * width);
        for (int i = 0; i < values.length; i += 7) {
            values[i] = targets[i];
        }
        return trial -> {
            Tensor x = trial.input("x", values, rows, width);
            Tensor target = trial.input("target", targets, rows, width);
            trial.sumsOf(width, SCALE);
            Tensor loss = trial.realOutput("loss", rows);
            Tensor dx = inPlace ? trial.inPlace("dx", x) : trial.output("dx", rows, width);
            trial.backend().l1Loss().forwardBackward(loss, dx, x, target, SCALE);
        };
    }

    @Test
    void knownValues() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .l1Loss()
                .forwardBackward(
                        trial.realOutput("loss", 2),
                        trial.output("dx", 2, 2),
                        trial.input("x", new double[] {1, -2, 5, 0}, 2, 2),
                        trial.input("target", new double[] {3, -5, 5, -0.0}, 2, 2),
                        0.5));
        assertArrayEquals(new double[] {2.5, 0}, result.values("loss"));
        assertArrayEquals(new double[] {-0.5, 0.5, 0, 0}, result.values("dx"));
    }

    /** At least half a unit from the target, where the loss has no kink. */
    @Test
    void gradients() {
        double[] x = Trial.normal("x", 35);
        double[] target = new double[x.length];
        Arrays.setAll(target, i -> i % 3 == 0 ? x[i] - 0.5 : x[i] + 0.5 + x[i] * x[i]);
        GradientCheck.check(
                trial -> trial.backend()
                        .l1Loss()
                        .forwardBackward(
                                trial.realOutput("loss", 5),
                                trial.output("dx", 5, 7),
                                trial.input("x", x, 5, 7),
                                trial.input("target", target, 5, 7),
                                SCALE),
                "loss",
                "x");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], false));
        }
        Agreement.check(subject, program(0, 5, false));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void gradientMayReplaceX(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.inPlace(subject, program(size[0], size[1], false), program(size[0], size[1], true));
        }
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            L1Loss op = trial.backend().l1Loss();
            Tensor x = trial.input("x", 4, 5);
            Tensor r = trial.input("r", 4);
            Tensor few = trial.input("few", 3);
            Tensor wrong = trial.input("wrong", 4, 3);
            Contract.rejects(() -> op.forwardBackward(r, wrong, x, x, 1), "l1_loss", "dx", "(4, 3)", "(4, 5)");
            Contract.rejects(() -> op.forwardBackward(r, x, x, wrong, 1), "l1_loss", "target", "(4, 3)", "(4, 5)");
            Contract.rejects(() -> op.forwardBackward(few, x, x, x, 1), "l1_loss", "row loss", "(3)", "4");
        });
    }
}
