package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.GradientCheck;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class L2NormalizeTest {
    /** (R, D): awkward ones, a prime, and the bottleneck of the published runs. */
    private static final int[][] SIZES = {{31, 33}, {33, 31}, {197, 101}, {1, 197}, {67, 256}};

    private static Consumer<Trial> program(int rows, int width, boolean inPlace) {
        return trial -> {
            L2Normalize op = trial.backend().l2Normalize();
            Tensor x = trial.input("x", rows, width);
            Tensor y = trial.output("y", rows, width);
            // The squares sum to D, and their root errs by half of √D·u at most.
            Tensor norm = trial.sumsOf((int) Math.sqrt(width)).output("norm", rows);
            op.forward(y, norm, x);
            Tensor dy = trial.input("dy", rows, width);
            Tensor dx = inPlace ? trial.inPlace("dx", dy) : trial.output("dx", rows, width);
            trial.backward(() -> op.backward(dx, dy, y, norm));
        };
    }

    @Test
    void rowsHaveLengthOne() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .l2Normalize()
                .forward(
                        trial.output("y", 2, 3),
                        trial.output("norm", 2),
                        trial.input("x", new double[] {2, -3, 6, 0, 0, -0.5}, 2, 3)));
        Tolerance roundings = new Tolerance(0, 1e-15);
        roundings.check("norm", new double[] {7, 0.5}, result.values("norm"));
        roundings.check("y", new double[] {2 / 7.0, -3 / 7.0, 6 / 7.0, 0, 0, -1}, result.values("y"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 7, false), "y", "x");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], false));
        }
        Agreement.check(subject, program(0, 5, false));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void gradientMayReplaceItsSource(Subject subject) {
        for (int[] size : SIZES) {
            Trial.Result apart = Trial.run(subject.backend(), program(size[0], size[1], false));
            Trial.Result within = Trial.run(subject.backend(), program(size[0], size[1], true));
            Tolerance.EXACT.check("dx in place", apart.values("dx"), within.values("dx"));
        }
    }

    /** Rows shorter than ε are divided by ε, forward and backward, and nothing is NaN. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void zeroAndTinyRows(Subject subject) {
        double[] x = {0, 0, 0, 3e-14, 0, -4e-14};
        double[] upstream = {1, -2, 0.5, 3, 4, -5};
        Trial.Result result = Trial.run(subject.backend(), trial -> {
            L2Normalize op = trial.backend().l2Normalize();
            Tensor y = trial.output("y", 2, 3);
            Tensor norm = trial.output("norm", 2);
            op.forward(y, norm, trial.input("x", x, 2, 3));
            op.backward(trial.output("dx", 2, 3), trial.input("dy", upstream, 2, 3), y, norm);
        });
        Tolerance relative = new Tolerance(0, Tolerance.of(subject.backend().real(), 1, 1).relative());
        double[] y = new double[6];
        double[] dx = new double[6];
        for (int i = 0; i < 6; i++) {
            y[i] = x[i] / L2Normalize.EPSILON;
            dx[i] = upstream[i] / L2Normalize.EPSILON;
        }
        relative.check("y", y, result.values("y"));
        relative.check("dx", dx, result.values("dx"));
        assertTrue(result.values("norm")[0] == 0, "norm of zeros");
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            L2Normalize op = trial.backend().l2Normalize();
            Tensor x = trial.input("x", 4, 5);
            Tensor norm = trial.input("norm", 4);
            Tensor wrong = trial.input("wrong", 3, 5);
            Tensor row = trial.input("row", 5);
            Contract.rejects(() -> op.forward(wrong, norm, x), "l2_normalize.forward", "y", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forward(x, row, x), "l2_normalize.forward", "norm", "(5)", "4");
            Contract.rejects(
                    () -> op.backward(wrong, x, x, norm), "l2_normalize.backward", "dx", "(3, 5)", "(4, 5)");
            Contract.rejects(
                    () -> op.backward(x, wrong, x, norm), "l2_normalize.backward", "dy", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.backward(x, x, x, row), "l2_normalize.backward", "norm", "(5)", "4");
        });
    }
}
