package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.Trial;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArgMaxTest {
    /** (R, K): awkward ones, a prime, and the prototypes of the published runs. */
    private static final int[][] SIZES = {{1, 1}, {31, 33}, {33, 31}, {197, 101}, {7, 8192}};

    private static Consumer<Trial> program(int rows, int width) {
        return trial ->
                trial.backend().argMax().forward(trial.output("index", DType.I32, rows), trial.input("x", rows, width));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1]));
        }
        Agreement.check(subject, program(0, 5));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void tiesGoToTheLowerIndex(Subject subject) {
        double none = Double.NEGATIVE_INFINITY;
        double[] x = {1, 3, 3, 2, 3, /**/ 0, 0, 0, 0, 0, /**/ -5, -4, -3, -2, -1, /**/ none, none, none, none, none};
        Trial.Result result = Trial.run(subject.backend(), trial -> trial.backend()
                .argMax()
                .forward(trial.output("index", DType.I32, 4), trial.input("x", x, 4, 5)));
        assertArrayEquals(new double[] {1, 0, 4, 0}, result.values("index"));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            ArgMax op = trial.backend().argMax();
            Tensor x = trial.input("x", 4, 5);
            Tensor wrong = trial.output("wrong", DType.I32, 5);
            Contract.rejects(() -> op.forward(wrong, x), "arg_max.forward", "index", "(5)", "4");
            Tensor real = trial.input("real", 4);
            Contract.rejects(() -> op.forward(real, x), "arg_max.forward", "index", "F64", "I32");
        });
    }
}
