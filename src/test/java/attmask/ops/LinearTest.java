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

class LinearTest {
    /** (R, I, O): awkward ones, a prime, and ViT-Tiny's first MLP layer on 197 tokens. */
    private static final int[][] SIZES = {{1, 1, 1}, {31, 33, 7}, {33, 31, 197}, {197, 1, 101}, {197, 192, 768}};

    /** Of a thousand standard normal numbers. */
    private static final double LARGEST = 4;
    /** As many terms more are what erf's approximation may add: 1.1e-6 was measured, of oneDNN, for |h| up to 10. */
    private static final int ERF = 6;

    private static Consumer<Trial> program(int rows, int inputs, int outputs, boolean withBias) {
        return trial -> {
            Linear op = trial.backend().linear();
            Tensor x = trial.input("x", rows, inputs);
            Tensor weight = trial.input("weight", outputs, inputs);
            Tensor bias = withBias ? trial.real("bias", outputs) : null;
            // A bias may be stored as the activation that the product is added to.
            trial.sumsOf(inputs).storedOnTheWay(withBias ? LARGEST : 0);
            Tensor y = trial.output("y", rows, outputs);
            op.forward(y, x, weight, bias);
            trial.storedOnTheWay(0);

            Tensor dy = trial.input("dy", rows, outputs);
            Tensor dx = trial.sumsOf(outputs).output("dx", rows, inputs);
            Tensor dweight = trial.sumsOf(rows).accumulator("dweight", outputs, inputs);
            Tensor dbias = withBias ? trial.accumulator("dbias", outputs) : null;
            trial.backward(() -> {
                op.backwardInput(dx, dy, weight);
                op.backwardWeight(dweight, dbias, dy, x);
            });
        };
    }

    /** Both gradients by one call; that of the input where the input was, if {@code inPlace}. */
    private static Consumer<Trial> atOnce(int rows, int inputs, int outputs, boolean gelu, boolean inPlace) {
        return trial -> {
            Linear op = trial.backend().linear();
            Tensor given = trial.input("given", rows, inputs);
            Tensor weight = trial.input("weight", outputs, inputs);
            Tensor dy = trial.input("dy", rows, outputs);
            Tensor dweight = trial.sumsOf(rows).accumulator("dweight", outputs, inputs);
            Tensor dbias = trial.accumulator("dbias", outputs);
            trial.sumsOf(outputs).storedOnTheWay(gelu ? LARGEST * Math.sqrt(outputs) : 0);
            Tensor dx = trial.output("dx", rows, inputs);
            Tensor x = inPlace ? dx : given;
            trial.backward(() -> {
                trial.backend().copy(x, given);
                if (gelu) {
                    op.backwardGelu(dx, dweight, dbias, dy, x, weight, given);
                } else {
                    op.backward(dx, dweight, dbias, dy, x, weight);
                }
            });
        };
    }

    private static Consumer<Trial> geluProgram(int rows, int inputs, int hiddens, int outputs) {
        return trial -> {
            Linear op = trial.backend().linear();
            Tensor x = trial.input("x", rows, inputs);
            Tensor weight = trial.input("weight", hiddens, inputs);
            Tensor bias = trial.real("bias", hiddens);
            // A hidden number is stored on the way to y.
            trial.sumsOf(inputs).storedOnTheWay(LARGEST * Math.sqrt(inputs));
            Tensor hidden = trial.output("hidden", rows, hiddens);
            trial.sumsOf(inputs + ERF);
            Tensor y = trial.output("y", rows, hiddens);
            op.forwardGelu(y, hidden, x, weight, bias);

            trial.storedOnTheWay(0);
            Tensor next = trial.input("next", outputs, hiddens);
            Tensor given = trial.input("given", rows, hiddens);
            Tensor dy = trial.input("dy", rows, outputs);
            trial.sumsOf(outputs).storedOnTheWay(LARGEST * Math.sqrt(outputs));
            Tensor dgiven = trial.output("dgiven", rows, hiddens);
            trial.backward(() -> op.backwardInputGelu(dgiven, dy, next, given));
        };
    }

    /** Numbers as they are, through a layer of one input of weight 1 and no bias. */
    private static void gelu(Trial trial, double[] h, boolean slope) {
        Linear op = trial.backend().linear();
        Tensor one = trial.input("one", new double[] {1}, 1, 1);
        if (slope) {
            double[] ones = new double[h.length];
            Arrays.fill(ones, 1);
            Tensor hidden = trial.input("hidden", h, h.length, 1);
            op.backwardInputGelu(trial.output("slope", h.length, 1), trial.input("dy", ones, h.length, 1), one, hidden);
        } else {
            Tensor none = trial.real("none", new double[1], 1);
            op.forwardGelu(
                    trial.output("y", h.length, 1),
                    trial.output("hidden", h.length, 1),
                    trial.input("x", h, h.length, 1),
                    one,
                    none);
        }
    }

    /** h·Φ(h) with Φ from a table of the normal distribution. */
    @Test
    void knownGelu() {
        double[] h = {0, 1, -1, 2, -2, 3};
        double[] expected = {0, 0.841344746, -0.158655254, 1.954499736, -0.045500264, 2.995950306};
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> gelu(trial, h, false));
        // The table has nine digits.
        new Tolerance(5e-9, 0).check("gelu", expected, result.values("y"));
        assertArrayEquals(h, result.values("hidden"));
    }

    /** The slope against central differences of h·Φ(h). */
    @Test
    void geluGradient() {
        double[] h = Trial.normal("h", 50);
        double step = 1e-5;
        double[] up = Arrays.stream(h).map(v -> v + step).toArray();
        double[] down = Arrays.stream(h).map(v -> v - step).toArray();
        double[] above =
                Trial.run(Backends.REFERENCE, trial -> gelu(trial, up, false)).values("y");
        double[] below =
                Trial.run(Backends.REFERENCE, trial -> gelu(trial, down, false)).values("y");
        double[] expected = new double[h.length];
        Arrays.setAll(expected, i -> (above[i] - below[i]) / (2 * step));
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> gelu(trial, h, true));
        // Third derivatives below 2 times the step's square, and rounding over the step.
        new Tolerance(1e-10, 0).check("slope", expected, result.values("slope"));
    }

    /** Where Φ or φ would overflow or vanish, the result is 0 or h, never NaN. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void geluFarTails(Subject subject) {
        double[] h = {-1e30, -1e4, -40, -14, 14, 40, 1e4, 1e30, 0, -0.0};
        double[] expected = {0, 0, 0, 0, 14, 40, 1e4, 1e30, 0, 0};
        double[] slope = {0, 0, 0, 0, 1, 1, 1, 1, 0.5, 0.5};
        // See ERF.
        Tolerance tolerance = new Tolerance(2e-6, 1e-6);
        tolerance.check(
                subject + " gelu",
                expected,
                Trial.run(subject.backend(), trial -> gelu(trial, h, false)).values("y"));
        tolerance.check(
                subject + " slope",
                slope,
                Trial.run(subject.backend(), trial -> gelu(trial, h, true)).values("slope"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgreesOnGelu(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, geluProgram(size[0], size[1], size[2], 31));
        }
        Agreement.check(subject, geluProgram(0, 5, 3, 2));
    }

    /** Where nothing is trained h need not be kept. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void hiddenMayBeY(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, trial -> {
                Tensor x = trial.input("x", size[0], size[1]);
                Tensor weight = trial.input("weight", size[2], size[1]);
                Tensor bias = trial.real("bias", size[2]);
                trial.sumsOf(size[1] + ERF).storedOnTheWay(LARGEST * Math.sqrt(size[1]));
                Tensor y = trial.output("y", size[0], size[2]);
                trial.backend().linear().forwardGelu(y, y, x, weight, bias);
            });
        }
    }

    @Test
    void knownValues() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> {
            Tensor x = trial.input("x", new double[] {1, 2, 3, 4}, 2, 2);
            Tensor weight = trial.input("weight", new double[] {1, 0, 0, 1, 1, -1}, 3, 2);
            Tensor bias = trial.real("bias", new double[] {10, 20, 30}, 3);
            trial.backend().linear().forward(trial.output("y", 2, 3), x, weight, bias);
        });
        assertArrayEquals(new double[] {11, 22, 29, 13, 24, 29}, result.values("y"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 4, 5, true), "y", "x", "weight", "bias");
        GradientCheck.check(program(3, 4, 5, false), "y", "x", "weight");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2], true));
        }
        Agreement.check(subject, program(31, 33, 7, false));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgreesOnBothGradients(Subject subject) {
        for (int[] size : SIZES) {
            for (boolean gelu : new boolean[] {false, true}) {
                Agreement.check(subject, atOnce(size[0], size[1], size[2], gelu, true));
                Agreement.inPlace(
                        subject,
                        atOnce(size[0], size[1], size[2], gelu, false),
                        atOnce(size[0], size[1], size[2], gelu, true));
            }
        }
        Agreement.check(subject, atOnce(0, 5, 3, true, true));
    }

    /** As the teacher's logits are. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void activationsToReal(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, trial -> trial.backend()
                    .linear()
                    .forward(
                            trial.sumsOf(size[1]).realOutput("y", size[0], size[2]),
                            trial.input("x", size[0], size[1]),
                            trial.input("weight", size[2], size[1]),
                            null));
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void noRows(Subject subject) {
        Agreement.check(subject, program(0, 5, 3, true));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Linear op = trial.backend().linear();
            Tensor x = trial.input("x", 4, 5);
            Tensor y = trial.input("y", 4, 3);
            Tensor weight = trial.input("weight", 3, 5);
            Tensor wrong = trial.input("wrong", 3, 6);
            Contract.rejects(() -> op.forward(y, x, wrong, null), "linear.forward", "weight", "(3, 6)", "(3, 5)");
            Contract.rejects(() -> op.forward(y, x, weight, wrong), "linear.forward", "bias", "(3, 6)", "(3)");
            Contract.rejects(
                    () -> op.forwardGelu(y, wrong, x, weight, y), "linear.forward_gelu", "hidden", "(3, 6)", "(4, 3)");
            Contract.rejects(
                    () -> op.backwardInputGelu(x, y, weight, wrong),
                    "linear.backward_input_gelu",
                    "hidden",
                    "(3, 6)",
                    "(4, 5)");
            Tensor short1 = trial.input("short", 3, 3);
            Contract.rejects(() -> op.forward(short1, x, weight, null), "linear.forward", "y", "(3, 3)", "(4, 3)");
            Contract.rejects(
                    () -> op.backwardInput(x, short1, weight), "linear.backward_input", "dy", "(3, 3)", "(4, 3)");
            Contract.rejects(
                    () -> op.backwardWeight(wrong, null, y, x),
                    "linear.backward_weight",
                    "dweight",
                    "(3, 6)",
                    "(3, 5)");
            Contract.rejects(
                    () -> op.backwardWeight(weight, x, y, x), "linear.backward_weight", "dbias", "(4, 5)", "(3)");
            Contract.rejects(
                    () -> op.backward(wrong, weight, null, y, x, weight), "linear.backward", "dx", "(3, 6)", "(4, 5)");
            Contract.rejects(
                    () -> op.backward(x, wrong, null, y, x, weight), "linear.backward", "dweight", "(3, 6)", "(3, 5)");
            Contract.rejects(
                    () -> op.backward(x, weight, x, y, x, weight), "linear.backward", "dbias", "(4, 5)", "(3)");
            Contract.rejects(
                    () -> op.backward(x, weight, null, short1, x, weight), "linear.backward", "dy", "(3, 3)", "(4, 3)");
            Contract.rejects(
                    () -> op.backwardGelu(x, weight, null, y, x, weight, wrong),
                    "linear.backward_gelu",
                    "hidden",
                    "(3, 6)",
                    "(4, 5)");
        });
    }
}
