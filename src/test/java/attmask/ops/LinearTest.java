package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.GradientCheck;
import attmask.testkit.Trial;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinearTest {
    /** (R, I, O): awkward ones, a prime, and ViT-Tiny's first MLP layer on 197 tokens. */
    private static final int[][] SIZES = {{1, 1, 1}, {31, 33, 7}, {33, 31, 197}, {197, 1, 101}, {197, 192, 768}};

    /** Of a thousand standard normal numbers. */
    private static final double LARGEST = 4;

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
        });
    }
}
