package attmask.ops;

import attmask.tensor.DType;
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

class L2NormalizeTest {
    /** (R, D): awkward ones, primes, the bottleneck of the published head, and rows too wide for a warp's registers. */
    private static final int[][] SIZES = {
        {1, 1}, {31, 33}, {33, 31}, {1, 197}, {7, 101}, {197, 256}, {3, 1031}, {2, 1536}
    };

    private static Consumer<Trial> program(int rows, int width) {
        return trial -> {
            L2Normalize op = trial.backend().l2Normalize();
            Tensor x = trial.input("x", rows, width);
            // The squares' sum has relative error of √D roundings; entries of y are at most 1.
            trial.sumsOf((int) Math.sqrt(width));
            Tensor y = trial.output("y", rows, width);
            Tensor norm = trial.realOutput("norm", rows);
            op.forward(y, norm, x);
            Tensor dy = trial.input("dy", rows, width);
            // A row of one number has a norm near 0 and dx ∝ 1/norm.
            trial.sumsOf(width, width == 1 ? 10 : 1);
            // y, about 1/√width, goes in twice: times its sum with dy, up to 4, over the norm, about √width.
            trial.storedOnTheWay(width == 1 ? 0 : 8.0 / width);
            Tensor dx = trial.output("dx", rows, width);
            trial.backward(() -> op.backward(dx, dy, y, norm));
        };
    }

    @Test
    void threeFourFive() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .l2Normalize()
                .forward(
                        trial.output("y", 2, 2),
                        trial.realOutput("norm", 2),
                        trial.input("x", new double[] {3, 4, 0, -2}, 2, 2)));
        Tolerance tolerance = Tolerance.of(DType.F64, 2, 1);
        tolerance.check("y", new double[] {0.6, 0.8, 0, -1}, result.values("y"));
        tolerance.check("norm", new double[] {5, 2}, result.values("norm"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 5), "y", "x");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1]));
        }
        Agreement.check(subject, program(0, 5));
    }

    /** A row shorter than ε is divided by ε, and its gradient by ε alone. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void shortRows(Subject subject) {
        double tiny = 0x1p-45; // 2.8e-14
        Trial.Result result = Trial.run(subject.backend(), trial -> {
            L2Normalize op = trial.backend().l2Normalize();
            Tensor y = trial.output("y", 2, 2);
            Tensor norm = trial.realOutput("norm", 2);
            op.forward(y, norm, trial.input("x", new double[] {0, 0, tiny, 0}, 2, 2));
            Tensor dy = trial.input("dy", new double[] {1, -2, 1, 1}, 2, 2);
            op.backward(trial.output("dx", 2, 2), dy, y, norm);
        });
        Tolerance tolerance = Tolerance.of(DType.F32, 1, 1);
        tolerance.check("y", new double[] {0, 0, tiny * 1e12, 0}, result.values("y"));
        new Tolerance(0, 1e-6).check("dx", new double[] {1e12, -2e12, 1e12, 1e12}, result.values("dx"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void dxMayBeDy(Subject subject) {
        double[] y = new double[33 * 31];
        Arrays.fill(y, (float) (1 / Math.sqrt(31)));
        double[] norm = new double[33];
        Arrays.fill(norm, 2);
        Consumer<Trial> apart = trial -> trial.backend()
                .l2Normalize()
                .backward(
                        trial.output("dx", 33, 31),
                        trial.input("dy", 33, 31),
                        trial.input("y", y, 33, 31),
                        trial.real("norm", norm, 33));
        Agreement.inPlace(subject, apart, trial -> {
            Tensor dy = trial.input("dy", 33, 31);
            trial.backend()
                    .l2Normalize()
                    .backward(trial.inPlace("dx", dy), dy, trial.input("y", y, 33, 31), trial.real("norm", norm, 33));
        });
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            L2Normalize op = trial.backend().l2Normalize();
            Tensor x = trial.input("x", 4, 5);
            Tensor norm = trial.real("norm", 4);
            Tensor wrong = trial.input("wrong", 3, 5);
            Contract.rejects(() -> op.forward(wrong, norm, x), "l2_normalize.forward", "y", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forward(x, wrong, x), "l2_normalize.forward", "norm", "(3, 5)", "4 elements");
            Contract.rejects(() -> op.backward(wrong, x, x, norm), "l2_normalize.backward", "dx", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.backward(x, wrong, x, norm), "l2_normalize.backward", "dy", "(3, 5)", "(4, 5)");
            Contract.rejects(
                    () -> op.backward(x, x, x, wrong), "l2_normalize.backward", "norm", "(3, 5)", "4 elements");
        });
    }
}
