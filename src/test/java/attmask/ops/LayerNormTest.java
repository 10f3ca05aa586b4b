package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

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
import java.util.List;
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

    /** (B, T, D) of sums: the same, with whole images and with a row for each. */
    private static final int[][] SUMS = {
        {1, 1, 3}, {31, 1, 33}, {3, 11, 31}, {2, 197, 384}, {7, 5, 101}, {3, 1, 1031}, {1, 2, 1536}
    };

    /** Longer than the registers of all threads of a row. */
    private static final int LONG = 16_388;

    private static Consumer<Trial> program(int rows, int width) {
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
            Tensor dx = trial.changed("dx", rows, width);
            Tensor dgamma = trial.sumsOf(rows).accumulator("dgamma", width);
            Tensor dbeta = trial.accumulator("dbeta", width);
            trial.backward(() -> op.backward(dx, dgamma, dbeta, dy, x, mean, rstd, gamma));
        };
    }

    private static Consumer<Trial> sumProgram(int images, int tokens, int width, boolean dropPath) {
        int rows = images * tokens;
        return trial -> {
            LayerNorm op = trial.backend().layerNorm();
            Tensor x = trial.input("x", coarse("x", rows * width), rows, width);
            Tensor branch = trial.input("branch", coarse("branch", rows * width), rows, width);
            Tensor keep = dropPath ? trial.real("keep", factors(images), images) : null;
            Tensor gamma = trial.real("gamma", width);
            Tensor beta = trial.real("beta", width);
            Tensor sum = trial.output("sum", rows, width);
            Tensor y = trial.sumsOf(width).output("y", rows, width);
            Tensor mean = trial.realOutput("mean", rows);
            Tensor rstd = trial.realOutput("rstd", rows);
            op.forwardSum(y, mean, rstd, sum, x, branch, keep, gamma, beta, EPSILON);

            Tensor dy = trial.input("dy", rows, width);
            double[] start = Trial.normal("start of dx", rows * width);
            Tensor dx = trial.changed("dx", start, rows, width);
            // What backward leaves here when no gradient comes through the norm, so that what it adds doubles with dx.
            Tensor dbranch = dropPath ? trial.changed("dbranch", kept(start, images), rows, width) : null;
            // Few rows, thousands of columns: a dy·x̂ of order ten is among them.
            Tensor dgamma = trial.sumsOf(rows, 4).accumulator("dgamma", width);
            Tensor dbeta = trial.sumsOf(rows).accumulator("dbeta", width);
            trial.backward(() -> op.backwardSum(dx, dbranch, keep, dgamma, dbeta, dy, sum, mean, rstd, gamma));
        };
    }

    /** Normal numbers in eighths: bfloat16 holds their sums too, so that all backends normalise the same. */
    private static double[] coarse(String name, int count) {
        return Arrays.stream(Trial.normal(name, count))
                .map(v -> Math.rint(8 * v) / 8)
                .toArray();
    }

    /** Every third image dropped. */
    private static double[] factors(int images) {
        double[] keep = new double[images];
        for (int b = 0; b < images; b++) {
            keep[b] = b % 3 == 1 ? 0 : 2;
        }
        return keep;
    }

    private static double[] kept(double[] values, int images) {
        double[] keep = factors(images);
        double[] scaled = new double[values.length];
        Arrays.setAll(scaled, i -> keep[i / (values.length / images)] * values[i]);
        return scaled;
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
        GradientCheck.check(program(3, 7), "y", "x", "gamma", "beta");
        GradientCheck.check(sumProgram(3, 2, 7, true), "y", "x", "branch", "gamma", "beta");
        GradientCheck.check(sumProgram(3, 2, 7, false), "y", "x", "gamma", "beta");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1]));
        }
        for (int[] size : SUMS) {
            Agreement.check(subject, sumProgram(size[0], size[1], size[2], true));
            Agreement.check(subject, sumProgram(size[0], size[1], size[2], false));
        }
    }

    @Test
    void sumKnownValues() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> {
            LayerNorm op = trial.backend().layerNorm();
            Tensor mean = trial.realOutput("mean", 4);
            Tensor rstd = trial.realOutput("rstd", 4);
            Tensor sum = trial.output("sum", 4, 2);
            Tensor keep = trial.real("keep", new double[] {0, 2}, 2);
            Tensor gamma = trial.real("gamma", new double[] {1, 3}, 2);
            op.forwardSum(
                    trial.output("y", 4, 2),
                    mean,
                    rstd,
                    sum,
                    trial.input("x", new double[] {1, 3, 2, 6, 3, 5, 4, 6}, 4, 2),
                    trial.input("branch", new double[] {9, 9, 9, 9, 1, 2, 3, 5}, 4, 2),
                    keep,
                    gamma,
                    trial.real("beta", new double[] {0, 1}, 2),
                    0);
            // Two normalised numbers are always −1 and 1: no gradient comes through the norm.
            op.backwardSum(
                    trial.changed("dx", new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2),
                    trial.output("dbranch", 4, 2),
                    keep,
                    trial.accumulator("dgamma", new double[2], 2),
                    trial.accumulator("dbeta", new double[2], 2),
                    trial.input("dy", new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2),
                    sum,
                    mean,
                    rstd,
                    gamma);
        });
        assertArrayEquals(new double[] {1, 3, 2, 6, 5, 9, 10, 16}, result.values("sum"));
        assertArrayEquals(new double[] {2, 4, 7, 13}, result.values("mean"));
        assertArrayEquals(new double[] {1, 1 / 2.0, 1 / 2.0, 1 / 3.0}, result.values("rstd"));
        Tolerance roundings = Tolerance.of(DType.F64, 4, 10);
        roundings.check("y", new double[] {-1, 4, -1, 4, -1, 4, -1, 4}, result.values("y"));
        roundings.check("dx", new double[] {1, 2, 3, 4, 5, 6, 7, 8}, result.values("dx"));
        roundings.check("dbranch", new double[] {0, 0, 0, 0, 10, 12, 14, 16}, result.values("dbranch"));
        roundings.check("dgamma", new double[] {-16, 20}, result.values("dgamma"));
        roundings.check("dbeta", new double[] {16, 20}, result.values("dbeta"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void sumMayBeX(Subject subject) {
        for (int width : new int[] {31, 32, LONG}) {
            for (boolean dropPath : new boolean[] {true, false}) {
                Agreement.inPlace(
                        subject,
                        trial -> forwardSum(
                                trial,
                                trial.input("x", 6, width),
                                trial.input("branch", 6, width),
                                trial.output("sum", 6, width),
                                dropPath),
                        trial -> {
                            Tensor x = trial.input("x", 6, width);
                            Tensor branch = trial.input("branch", 6, width);
                            forwardSum(trial, x, branch, trial.inPlace("sum", x), dropPath);
                        });
            }
        }
    }

    private static void forwardSum(Trial trial, Tensor x, Tensor branch, Tensor sum, boolean dropPath) {
        int rows = sum.dim(0);
        int width = sum.dim(1);
        trial.backend()
                .layerNorm()
                .forwardSum(
                        trial.output("y", rows, width),
                        trial.realOutput("mean", rows),
                        trial.realOutput("rstd", rows),
                        sum,
                        x,
                        branch,
                        dropPath ? trial.real("keep", factors(3), 3) : null,
                        trial.real("gamma", width),
                        trial.real("beta", width),
                        EPSILON);
    }

    /** The sum is rounded as it is stored, then normalised: what the two steps give on their own. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void normalisesTheSumAsItIsStored(Subject subject) {
        int width = 384;
        Trial.Result result = Trial.run(subject.backend(), trial -> {
            Tensor sum = trial.output("sum", 6, width);
            Tensor gamma = trial.real("gamma", width);
            Tensor beta = trial.real("beta", width);
            LayerNorm op = trial.backend().layerNorm();
            Tensor x = trial.input("x", 6, width);
            Tensor branch = trial.input("branch", 6, width);
            Tensor keep = trial.real("keep", factors(3), 3);
            Tensor mean = trial.realOutput("mean", 6);
            Tensor rstd = trial.realOutput("rstd", 6);
            op.forwardSum(trial.output("y", 6, width), mean, rstd, sum, x, branch, keep, gamma, beta, EPSILON);
            Tensor means = trial.realOutput("mean of sum", 6);
            Tensor rstds = trial.realOutput("rstd of sum", 6);
            op.forward(trial.output("y of sum", 6, width), means, rstds, sum, gamma, beta, EPSILON);
        });
        for (String name : List.of("y", "mean", "rstd")) {
            assertArrayEquals(result.values(name + " of sum"), result.values(name), name);
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
                        slice(trial.input("x", 1 + 3 * width), width),
                        trial.real("gamma", width),
                        trial.real("beta", width),
                        EPSILON));
        Agreement.check(subject, trial -> {
            Tensor x = trial.input("x", coarse("x", 3 * width), 3, width);
            Tensor branch = slice(trial.input("branch", coarse("branch", 1 + 3 * width), 1 + 3 * width), width);
            forwardSum(trial.sumsOf(width), x, branch, trial.output("sum", 3, width), true);
        });
        Agreement.check(subject, trial -> {
            double[] start = new double[1 + 3 * width];
            trial.sumsOf(width);
            trial.backend()
                    .layerNorm()
                    .backwardSum(
                            trial.changed("dx", 3, width),
                            slice(trial.changed("dbranch", start, 1 + 3 * width), width),
                            trial.real("keep", factors(3), 3),
                            trial.accumulator("dgamma", width),
                            trial.accumulator("dbeta", width),
                            trial.input("dy", 3, width),
                            trial.input("sum", 3, width),
                            trial.real("mean", new double[3], 3),
                            trial.real("rstd", new double[] {1, 2, 1}, 3),
                            trial.real("gamma", width));
        });
    }

    private static Tensor slice(Tensor flat, int width) {
        return flat.slice(1, 3 * width).view(3, width);
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void noRows(Subject subject) {
        Agreement.check(subject, program(0, 5));
        Agreement.check(subject, sumProgram(0, 1, 5, false));
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
                    () -> op.backward(wrong, row, row, x, x, column, column, row), backward, "dx", "(3, 5)", "(4, 5)");
            Contract.rejects(
                    () -> op.backward(x, row, row, wrong, x, column, column, row), backward, "dy", "(3, 5)", "(4, 5)");
            Contract.rejects(
                    () -> op.backward(x, column, row, x, x, column, column, row), backward, "dgamma", "(4)", "(5)");
        });
    }

    @Test
    void wrongShapesOfSums() {
        Trial.run(Backends.REFERENCE, trial -> {
            LayerNorm op = trial.backend().layerNorm();
            Tensor x = trial.input("x", 4, 5);
            Tensor row = trial.input("row", 5);
            Tensor column = trial.input("column", 4);
            Tensor wrong = trial.input("wrong", 3, 5);
            Tensor keep = trial.real("keep", 3);
            String forward = "layer_norm.forward_sum";
            Contract.rejects(
                    () -> op.forwardSum(x, column, column, x, wrong, x, null, row, row, 0),
                    forward,
                    "x has",
                    "(3, 5)",
                    "(4, 5)");
            Contract.rejects(
                    () -> op.forwardSum(x, column, column, x, x, wrong, null, row, row, 0),
                    forward,
                    "branch",
                    "(3, 5)",
                    "(4, 5)");
            Contract.rejects(
                    () -> op.forwardSum(x, column, column, x, x, x, keep, row, row, 0),
                    forward,
                    "keep",
                    "(4, 5)",
                    "(3)");
            String backward = "layer_norm.backward_sum";
            Contract.rejects(
                    () -> op.backwardSum(x, wrong, column, row, row, x, x, column, column, row),
                    backward,
                    "dbranch",
                    "(3, 5)",
                    "(4, 5)");
            Contract.rejects(
                    () -> op.backwardSum(x, x, keep, row, row, x, x, column, column, row),
                    backward,
                    "keep",
                    "(4, 5)",
                    "(3)");
            Contract.rejects(
                    () -> op.backwardSum(x, x, null, row, row, x, x, column, column, row),
                    backward,
                    "dbranch and keep");
        });
    }
}
