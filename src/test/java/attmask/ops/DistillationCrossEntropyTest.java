package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import attmask.ops.DistillationCrossEntropy.Temperatures;
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

class DistillationCrossEntropyTest {
    /** (R, K): awkward ones, a prime, one longer than a block holds, and the published prototypes. */
    private static final int[][] SIZES = {{1, 1}, {31, 33}, {33, 31}, {20, 101}, {1, 197}, {3, 2053}, {6, 8192}};

    private static final Temperatures MILD = new Temperatures(0.5, 0.8);
    private static final Temperatures PUBLISHED = new Temperatures(0.04, 0.1);

    /** Two teacher rows for a student's, of which one or both may be absent. */
    private static Consumer<Trial> program(int rows, int width, Temperatures temperatures, boolean inPlace) {
        int teachers = rows / 2 + 1;
        int[] pairs = new int[2 * rows];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = i % 7 == 4 || i % 7 == 5 ? -1 : i * 5 % teachers;
        }
        double[] weights = Trial.normal("weights", rows);
        Arrays.setAll(weights, i -> Math.abs(weights[i]));
        return trial -> {
            Tensor student = trial.input("student", rows, width);
            Tensor teacher = trial.real("teacher", teachers, width);
            Tensor center = trial.real("center", 1, width);
            Tensor pair = trial.ints("pairs", pairs, rows, 2);
            Tensor weight = trial.real("weights", weights, rows);
            // A teacher logit of 5/temp is rounded, which p multiplies; log q varies with 1/temp and dq too.
            trial.sumsOf(2, 5 / temperatures.teacher() / temperatures.student());
            Tensor loss = trial.realOutput("loss", rows);
            Tensor entropy = trial.realOutput("entropy", rows);
            Tensor dstudent = inPlace ? trial.inPlace("dstudent", student) : trial.output("dstudent", rows, width);
            trial.backend()
                    .distillationCrossEntropy()
                    .forwardBackward(loss, entropy, dstudent, student, teacher, pair, weight, center, temperatures);
        };
    }

    @Test
    void gradients() {
        GradientCheck.check(program(5, 7, MILD, false), "loss", "student");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], MILD, false));
            Agreement.check(subject, program(size[0], size[1], PUBLISHED, false));
        }
        Agreement.check(subject, program(0, 5, MILD, false));
    }

    /** DINO's prototypes. Sharp probabilities are sums of few terms, so that the tolerance holds for any number. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void manyPrototypes(Subject subject) {
        Agreement.check(subject, program(2, 65_536, PUBLISHED, false));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void gradientMayReplaceTheStudent(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.inPlace(
                    subject, program(size[0], size[1], PUBLISHED, false), program(size[0], size[1], PUBLISHED, true));
        }
    }

    /** Of two prototypes, with uniform p: the cost is the mean of −log q, its gradient (q − ½)/temp. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void costOfTwoPrototypes(Subject subject) {
        double[] student = {0.3, 0.1, /**/ 1, 1, /**/ 7, 8};
        Trial.Result result = run(subject, student, new double[] {2, 3}, new double[] {2, 3}, 0, -1, 0, 0, -1, -1);
        double q = 1 / (1 + Math.exp(-2));
        double cost = -(Math.log(q) + Math.log(1 - q)) / 2;
        double gradient = (q - 0.5) / 0.1;
        Tolerance tolerance = Tolerance.of(subject.backend().real(), 2, 10 / 0.1);
        tolerance.check("loss", new double[] {cost, 2 * Math.log(2), 0}, result.values("loss"));
        tolerance.check("entropy", new double[] {Math.log(2), Math.log(2), 0}, result.values("entropy"));
        tolerance.check("dstudent", new double[] {gradient, -gradient, 0, 0, 0, 0}, result.values("dstudent"));
        assertArrayEquals(new double[] {0, 0}, Arrays.copyOfRange(result.values("dstudent"), 4, 6), "no teacher");
    }

    /** Logits that overflow an exponential: a one-hot teacher, and a student that is sure and wrong. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void hugeLogits(Subject subject) {
        double[] student = {1000, -1000, /**/ -1000, 1000, /**/ 0, 0};
        Trial.Result result = run(subject, student, new double[] {500, -500}, new double[2], 0, -1, 0, -1, -1, -1);
        Tolerance roundings = Tolerance.of(subject.backend().real(), 1, 1);
        roundings.check("loss", new double[] {0, 20_000, 0}, result.values("loss"));
        roundings.check("entropy", new double[3], result.values("entropy"));
        roundings.check("dstudent", new double[] {0, 0, -10, 10, 0, 0}, result.values("dstudent"));
    }

    /** Three student rows of weight 1 against one teacher row. */
    private static Trial.Result run(
            Subject subject, double[] student, double[] teacher, double[] center, int... pairs) {
        return Trial.run(subject.backend(), trial -> trial.backend()
                .distillationCrossEntropy()
                .forwardBackward(
                        trial.realOutput("loss", 3),
                        trial.realOutput("entropy", 3),
                        trial.output("dstudent", 3, 2),
                        trial.input("student", student, 3, 2),
                        trial.real("teacher", teacher, 1, 2),
                        trial.ints("pairs", pairs, 3, 2),
                        trial.real("weights", new double[] {1, 1, 1}, 3),
                        trial.real("center", center, 2),
                        new Temperatures(0.04, 0.1)));
    }

    @Test
    void wrongCalls() {
        assertThrows(IllegalArgumentException.class, () -> new Temperatures(0, 0.1));
        assertThrows(IllegalArgumentException.class, () -> new Temperatures(0.1, Double.NaN));
        Trial.run(Backends.REFERENCE, trial -> {
            DistillationCrossEntropy op = trial.backend().distillationCrossEntropy();
            Tensor x = trial.input("x", 4, 5);
            Tensor r = trial.input("r", 4);
            Tensor c = trial.input("c", 5);
            Tensor narrow = trial.input("narrow", 4, 3);
            Tensor p = trial.output("p", DType.I32, 4, 2);
            Tensor few = trial.output("few", DType.I32, 3, 2);
            Tensor real = trial.input("real", 4, 2);
            String name = "distillation_cross_entropy";
            Contract.rejects(
                    () -> op.forwardBackward(r, r, narrow, x, x, p, r, c, MILD), name, "dstudent", "(4, 3)", "(4, 5)");
            Contract.rejects(
                    () -> op.forwardBackward(r, r, x, x, narrow, p, r, c, MILD), name, "teacher", "(4, 3)", "(4, 5)");
            Contract.rejects(
                    () -> op.forwardBackward(r, r, x, x, x, few, r, c, MILD), name, "pairs", "(3, 2)", "(4, 2)");
            Contract.rejects(() -> op.forwardBackward(r, r, x, x, x, real, r, c, MILD), name, "pairs", "F64", "I32");
            Contract.rejects(() -> op.forwardBackward(r, r, x, x, x, p, c, c, MILD), name, "weights", "(5)", "4");
            Contract.rejects(() -> op.forwardBackward(c, r, x, x, x, p, r, c, MILD), name, "row loss", "(5)", "4");
            Contract.rejects(() -> op.forwardBackward(r, c, x, x, x, p, r, c, MILD), name, "row entropy", "(5)", "4");
            Contract.rejects(() -> op.forwardBackward(r, r, x, x, x, p, r, r, MILD), name, "center", "(4)", "5");
        });
    }
}
