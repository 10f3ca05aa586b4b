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
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WeightNormTest {
    /** (K, D): awkward ones, primes, a slice of the published last layer, and rows too wide for a warp's registers. */
    private static final int[][] SIZES = {
        {1, 1}, {31, 33}, {33, 31}, {197, 7}, {5, 101}, {1024, 256}, {3, 1031}, {2, 1536}
    };

    private static Consumer<Trial> program(int prototypes, int width, boolean trainGain) {
        return trial -> {
            WeightNorm op = trial.backend().weightNorm();
            Tensor v = trial.real("v", prototypes, width);
            Tensor g = trial.real("g", prototypes, 1);
            trial.sumsOf((int) Math.sqrt(width));
            Tensor w = trial.output("w", prototypes, width);
            Tensor norm = trial.realOutput("norm", prototypes);
            op.forward(w, norm, v, g);
            Tensor dw = trial.real("dw", prototypes, width);
            // A row of one number has a norm near 0 and dv ∝ 1/norm.
            trial.sumsOf(width, width == 1 ? 10 : 1);
            Tensor dv = trial.accumulator("dv", prototypes, width);
            Tensor dg = trainGain ? trial.accumulator("dg", prototypes, 1) : null;
            trial.backward(() -> op.backward(dv, dg, dw, v, g, norm));
        };
    }

    @Test
    void threeFourFive() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .weightNorm()
                .forward(
                        trial.output("w", 1, 2),
                        trial.realOutput("norm", 1),
                        trial.real("v", new double[] {3, -4}, 1, 2),
                        trial.real("g", new double[] {10}, 1)));
        Tolerance.of(DType.F64, 2, 10).check("w", new double[] {6, -8}, result.values("w"));
        assertArrayEquals(new double[] {5}, result.values("norm"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 5, true), "w", "v", "g");
        GradientCheck.check(program(3, 5, false), "w", "v");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], true));
        }
        Agreement.check(subject, program(31, 33, false));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            WeightNorm op = trial.backend().weightNorm();
            Tensor v = trial.real("v", 4, 5);
            Tensor g = trial.real("g", 4, 1);
            Tensor wrong = trial.real("wrong", 3, 5);
            String forward = "weight_norm.forward";
            Contract.rejects(() -> op.forward(wrong, g, v, g), forward, "w", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forward(v, wrong, v, g), forward, "norm", "(3, 5)", "4 elements");
            Contract.rejects(() -> op.forward(v, g, v, wrong), forward, "g", "(3, 5)", "4 elements");
            String backward = "weight_norm.backward";
            Contract.rejects(() -> op.backward(wrong, g, v, v, g, g), backward, "dv", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.backward(v, wrong, v, v, g, g), backward, "dg", "(3, 5)", "4 elements");
            Contract.rejects(() -> op.backward(v, g, wrong, v, g, g), backward, "dw", "(3, 5)", "(4, 5)");
        });
    }
}
