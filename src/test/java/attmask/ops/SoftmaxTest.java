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
import java.util.function.Consumer;
import org.apache.commons.math3.stat.StatUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SoftmaxTest {
    /**
     * (R, K): awkward ones, primes, attention rows, the prototypes of the published runs, and rows too wide for a block's
     * registers.
     */
    private static final int[][] SIZES = {
        {1, 1}, {31, 33}, {33, 31}, {7, 101}, {197, 197}, {5, 8192}, {3, 1031}, {2, 20000}
    };

    private static Consumer<Trial> program(int rows, int width, boolean centred, double temperature) {
        return trial -> {
            Softmax op = trial.backend().softmax();
            Tensor x = trial.input("x", rows, width);
            Tensor center = centred ? trial.input("center", width) : null;
            // exp(z) multiplies an error of z, which is as large as the largest |x|/temperature.
            trial.sumsOf((int) Math.sqrt(width), 5 / temperature);
            Tensor y = trial.output("y", rows, width);
            op.forward(y, x, center, temperature);
            Tensor dy = trial.input("dy", rows, width);
            Tensor dx = trial.sumsOf((int) Math.sqrt(width), 5 / (temperature * temperature))
                    .output("dx", rows, width);
            trial.backward(() -> op.backward(dx, dy, y, temperature));
        };
    }

    @Test
    void rowsSumToOneAndRatiosAreExponentials() {
        double temperature = 0.5;
        Trial.Result result = Trial.run(Backends.REFERENCE, program(3, 33, true, temperature));
        double[] x = result.inputs().get("x");
        double[] center = result.inputs().get("center");
        double[] y = result.values("y");
        Tolerance tolerance = Tolerance.of(DType.F64, 33, 20);
        for (int r = 0; r < 3; r++) {
            int row = r * 33;
            tolerance.check("sum of row " + r, 1, StatUtils.sum(y, row, 33));
            double logRatio = (x[row] - center[0] - x[row + 1] + center[1]) / temperature;
            tolerance.check("log ratio", logRatio, Math.log(y[row] / y[row + 1]));
        }
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 7, true, 0.5), "y", "x");
        GradientCheck.check(program(3, 7, false, 1), "y", "x");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], false, 1));
            Agreement.check(subject, program(size[0], size[1], true, 0.04));
        }
        Agreement.check(subject, program(0, 5, true, 0.04));
    }

    /** The largest entry is subtracted first, so nothing overflows. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void hugeLogits(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), trial -> trial.backend()
                .softmax()
                .forward(
                        trial.output("y", 2, 3),
                        trial.input("x", new double[] {3e4, -3e4, 3e4, -1e6, -1e6, -2e6}, 2, 3),
                        null,
                        0.04));
        // Vectorised exponentials may stop at the smallest normal float instead of 0.
        new Tolerance(0x1p-120, 0)
                .check(subject + " softmax", new double[] {0.5, 0, 0.5, 0.5, 0.5, 0}, result.values("y"));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Softmax op = trial.backend().softmax();
            Tensor x = trial.input("x", 4, 5);
            Tensor wrong = trial.input("wrong", 3, 5);
            Contract.rejects(() -> op.forward(wrong, x, null, 1), "softmax.forward", "y", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forward(x, x, wrong, 1), "softmax.forward", "center", "(3, 5)", "5");
            Contract.rejects(() -> op.forward(x, x, null, 0), "softmax.forward", "temperature 0");
            Contract.rejects(() -> op.backward(wrong, x, x, 1), "softmax.backward", "dx", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.backward(x, wrong, x, 1), "softmax.backward", "dy", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.backward(x, x, x, 0), "softmax.backward", "temperature 0");
        });
    }
}
