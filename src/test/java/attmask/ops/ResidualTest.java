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
    /** (B, T, D): awkward ones, a prime, and ViT-Small. */
    private static final int[][] SIZES = {{1, 1, 1}, {3, 11, 31}, {31, 1, 33}, {5, 7, 101}, {2, 197, 384}};

    private static Consumer<Trial> program(int[] size, boolean dropPath, boolean inPlace) {
        int rows = size[0] * size[1];
        return trial -> {
            Residual op = trial.backend().residual();
            Tensor x = trial.input("x", rows, size[2]);
            Tensor branch = trial.input("branch", rows, size[2]);
            Tensor keep = dropPath ? trial.input("keep", keep(size[0]), size[0]) : null;
            Tensor y = inPlace ? trial.sumsOf(2).inPlace("y", x) : trial.sumsOf(2).output("y", rows, size[2]);
            op.forward(y, x, branch, keep);
            Tensor dy = trial.input("dy", rows, size[2]);
            Tensor dbranch = trial.output("dbranch", rows, size[2]);
            trial.backward(() -> op.backward(dbranch, dy, keep));
        };
    }

    /** Every second image dropped, the others scaled. */
    private static double[] keep(int images) {
        double[] keep = new double[images];
        for (int b = 0; b < images; b += 2) {
            keep[b] = 1.25;
        }
        return keep;
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void scalesTheBranchOfEachImage(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), trial -> trial.backend()
                .residual()
                .forward(
                        trial.output("y", 4, 2),
                        trial.input("x", new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2),
                        trial.input("branch", new double[] {8, 8, 4, 4, 2, 2, 1, 1}, 4, 2),
                        trial.input("keep", new double[] {0, 2}, 2)));
        assertArrayEquals(new double[] {1, 2, 3, 4, 9, 10, 9, 10}, result.values("y"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(new int[] {3, 2, 5}, true, false), "y", "branch");
        GradientCheck.check(program(new int[] {3, 2, 5}, false, false), "y", "branch");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size, true, false));
            Agreement.check(subject, program(size, false, false));
        }
        Agreement.check(subject, program(new int[] {0, 3, 5}, false, false));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void sumMayReplaceItsSource(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.inPlace(subject, program(size, true, false), program(size, true, true));
            Agreement.inPlace(subject, program(size, false, false), program(size, false, true));
        }
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Residual op = trial.backend().residual();
            Tensor x = trial.input("x", 4, 5);
            Tensor wrong = trial.input("wrong", 3, 5);
            Tensor keep = trial.input("keep", 3);
            Contract.rejects(() -> op.forward(x, wrong, x, null), "residual.forward", "x", "(3, 5)", "20");
            Contract.rejects(() -> op.forward(x, x, wrong, null), "residual.forward", "branch", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forward(x, x, x, keep), "residual.forward", "keep", "(4, 5)", "(3)");
            Contract.rejects(
                    () -> op.backward(wrong, x, null), "residual.backward", "branch", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.backward(x, x, keep), "residual.backward", "keep", "(4, 5)", "(3)");
        });
    }
}
