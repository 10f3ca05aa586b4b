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

class ResidualTest {
    /** (B, T, D): awkward ones, a prime, and ViT-Small on 224 pixels. */
    private static final int[][] SIZES = {{1, 1, 1}, {31, 1, 33}, {3, 33, 31}, {7, 11, 101}, {2, 197, 384}};

    private static Consumer<Trial> program(int images, int tokens, int width, boolean dropPath) {
        return trial -> {
            Residual op = trial.backend().residual();
            Tensor x = trial.input("x", images * tokens, width);
            Tensor branch = trial.input("branch", images * tokens, width);
            Tensor keep = dropPath ? trial.real("keep", factors(images), images) : null;
            Tensor y = trial.output("y", images * tokens, width);
            op.forward(y, x, branch, keep);
            Tensor dy = trial.input("dy", images * tokens, width);
            Tensor dbranch = trial.output("dbranch", images * tokens, width);
            trial.backward(() -> op.backward(dbranch, dy, keep));
        };
    }

    /** Every third image dropped. */
    private static double[] factors(int images) {
        double[] keep = new double[images];
        for (int b = 0; b < images; b++) {
            keep[b] = b % 3 == 1 ? 0 : 1.25;
        }
        return keep;
    }

    @Test
    void knownValues() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .residual()
                .forward(
                        trial.output("y", 4, 1),
                        trial.input("x", new double[] {1, 2, 3, 4}, 4, 1),
                        trial.input("branch", new double[] {10, 20, 30, 40}, 4, 1),
                        trial.real("keep", new double[] {0, 2}, 2)));
        assertArrayEquals(new double[] {1, 2, 63, 84}, result.values("y"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 2, 4, true), "y", "branch");
        GradientCheck.check(program(3, 2, 4, false), "y", "branch");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2], true));
            Agreement.check(subject, program(size[0], size[1], size[2], false));
        }
        Agreement.check(subject, program(0, 3, 4, false));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void yMayBeX(Subject subject) {
        for (boolean dropPath : new boolean[] {true, false}) {
            Consumer<Trial> apart = trial -> trial.backend()
                    .residual()
                    .forward(
                            trial.output("y", 33, 31),
                            trial.input("x", 33, 31),
                            trial.input("branch", 33, 31),
                            dropPath ? trial.real("keep", factors(3), 3) : null);
            Agreement.inPlace(subject, apart, trial -> {
                Tensor x = trial.input("x", 33, 31);
                trial.backend()
                        .residual()
                        .forward(
                                trial.inPlace("y", x),
                                x,
                                trial.input("branch", 33, 31),
                                dropPath ? trial.real("keep", factors(3), 3) : null);
            });
        }
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Residual op = trial.backend().residual();
            Tensor x = trial.input("x", 4, 5);
            Tensor wrong = trial.input("wrong", 3, 5);
            Tensor keep = trial.real("keep", 3);
            Contract.rejects(() -> op.forward(x, wrong, x, null), "residual.forward", "x", "(3, 5)", "20 elements");
            Contract.rejects(() -> op.forward(x, x, wrong, null), "residual.forward", "branch", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forward(x, x, x, keep), "residual.forward", "keep", "(4, 5)", "(3)");
            Contract.rejects(() -> op.backward(wrong, x, null), "residual.backward", "dbranch", "(3, 5)", "(4, 5)");
        });
    }
}
