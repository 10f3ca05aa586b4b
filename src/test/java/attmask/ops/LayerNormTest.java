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
import org.apache.commons.math3.stat.StatUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayerNormTest {
    private static final double EPSILON = 1e-6;

    /** (R, D): awkward ones, primes, 197 tokens of ViT-Small, and rows too wide for a warp's registers. */
    private static final int[][] SIZES = {
        {1, 2}, {31, 33}, {33, 31}, {197, 101}, {1, 197}, {197, 384}, {3, 1031}, {2, 1536}
    };

    private static Consumer<Trial> program(int rows, int width, boolean accumulate) {
        return trial -> {
            LayerNorm op = trial.backend().layerNorm();
            Tensor x = trial.input("x", rows, width);
            Tensor gamma = trial.real("gamma", width);
            Tensor beta = trial.real("beta", width);
            Tensor y = trial.sumsOf(width).output("y", rows, width);
            Tensor mean = trial.realOutput("mean", rows);
            Tensor rstd = trial.realOutput("rstd", rows);
            op.forward(y, mean, rstd, x, gamma, beta, EPSILON);

            Tensor dy = trial.input("dy", rows, width);
            // Two values can lie close together, and then rstd multiplies every error.
            trial.sumsOf(width, width == 2 ? 10 : 1);
            Tensor dx = accumulate ? trial.changed("dx", rows, width) : trial.output("dx", rows, width);
            Tensor dgamma = trial.sumsOf(rows).accumulator("dgamma", width);
            Tensor dbeta = trial.accumulator("dbeta", width);
            trial.backward(() -> op.backward(dx, dgamma, dbeta, dy, x, mean, rstd, gamma, accumulate));
        };
    }

    @Test
    void rowsHaveMeanZeroAndVarianceOne() {
        int width = 33;
        double[] x = Trial.normal("x", 3 * width);
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> {
            double[] ones = new double[width];
            Arrays.fill(ones, 1);
            trial.backend()
                    .layerNorm()
                    .forward(
                            trial.output("y", 3, width),
                            trial.realOutput("mean", 3),
                            trial.realOutput("rstd", 3),
                            trial.input("x", x, 3, width),
                            trial.real("gamma", ones, width),
                            trial.real("beta", new double[width], width),
                            0);
        });
        Tolerance tolerance = Tolerance.of(DType.F64, width, 1);
        for (int r = 0; r < 3; r++) {
            tolerance.check("mean of y", 0, StatUtils.mean(result.values("y"), r * width, width));
            tolerance.check("variance of y", 1, StatUtils.populationVariance(result.values("y"), r * width, width));
            tolerance.check("mean", StatUtils.mean(x, r * width, width), result.values("mean")[r]);
            double variance = StatUtils.populationVariance(x, r * width, width);
            tolerance.check("rstd", 1 / Math.sqrt(variance), result.values("rstd")[r]);
        }
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 7, false), "y", "x", "gamma", "beta");
        GradientCheck.check(program(3, 7, true), "y", "x", "gamma", "beta");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], false));
            Agreement.check(subject, program(size[0], size[1], true));
        }
    }

    /** A large common offset must cancel before the squares are summed. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void survivesAnOffset(Subject subject) {
        int width = 384;
        double[] x = Trial.normal("x", width);
        for (int i = 0; i < width; i++) {
            x[i] = (float) (x[i] + 1000);
        }
        Agreement.check(subject, trial -> trial.backend()
                .layerNorm()
                .forward(
                        // The mean is rounded at 1000, and every y shifts by that.
                        trial.sumsOf(width, 1000 / Math.sqrt(width)).output("y", 1, width),
                        trial.realOutput("mean", 1),
                        trial.realOutput("rstd", 1),
                        trial.input("x", x, 1, width),
                        trial.real("gamma", width),
                        trial.real("beta", width),
                        EPSILON));
    }

    /** A slice may start anywhere, whatever the loads a backend prefers. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void unalignedSlice(Subject subject) {
        int width = 32;
        Agreement.check(subject, trial -> trial.backend()
                .layerNorm()
                .forward(
                        trial.sumsOf(width).output("y", 3, width),
                        trial.realOutput("mean", 3),
                        trial.realOutput("rstd", 3),
                        trial.input("x", 1 + 3 * width).slice(1, 3 * width).view(3, width),
                        trial.real("gamma", width),
                        trial.real("beta", width),
                        EPSILON));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void noRows(Subject subject) {
        Agreement.check(subject, program(0, 5, false));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            LayerNorm op = trial.backend().layerNorm();
            Tensor x = trial.input("x", 4, 5);
            Tensor row = trial.input("row", 5);
            Tensor column = trial.input("column", 4);
            Tensor wrong = trial.input("wrong", 3, 5);
            String forward = "layer_norm.forward";
            Contract.rejects(() -> op.forward(wrong, column, column, x, row, row, 0), forward, "y", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forward(x, row, column, x, row, row, 0), forward, "mean", "(5)", "4");
            Contract.rejects(() -> op.forward(x, column, row, x, row, row, 0), forward, "rstd", "(5)", "4");
            Contract.rejects(() -> op.forward(x, column, column, x, column, row, 0), forward, "gamma", "(4)", "(5)");
            Contract.rejects(() -> op.forward(x, column, column, x, row, column, 0), forward, "beta", "(4)", "(5)");
            String backward = "layer_norm.backward";
            Contract.rejects(
                    () -> op.backward(wrong, row, row, x, x, column, column, row, false),
                    backward,
                    "dx",
                    "(3, 5)",
                    "(4, 5)");
            Contract.rejects(
                    () -> op.backward(x, row, row, wrong, x, column, column, row, false),
                    backward,
                    "dy",
                    "(3, 5)",
                    "(4, 5)");
            Contract.rejects(
                    () -> op.backward(x, column, row, x, x, column, column, row, false),
                    backward,
                    "dgamma",
                    "(4)",
                    "(5)");
        });
    }
}
