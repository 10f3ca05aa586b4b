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
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WeightNormTest {
    /** (K, D): awkward ones, a prime, and the last layer of the published runs, shortened. */
    private static final int[][] SIZES = {{1, 31}, {31, 33}, {33, 31}, {197, 101}, {1024, 256}};

    private static Consumer<Trial> program(int rows, int width, boolean trainGain) {
        return trial -> {
            WeightNorm op = trial.backend().weightNorm();
            Tensor v = trial.input("v", rows, width);
            Tensor g = trial.input("g", rows, 1);
            Tensor w = trial.output("w", rows, width);
            // The squares sum to D, and their root errs by half of √D·u at most.
            Tensor norm = trial.sumsOf((int) Math.sqrt(width)).output("norm", rows);
            op.forward(w, norm, v, g);
            Tensor dw = trial.input("dw", rows, width);
            Tensor dv = trial.accumulator("dv", rows, width);
            Tensor dg = trainGain ? trial.accumulator("dg", rows, 1) : null;
            trial.backward(() -> op.backward(dv, dg, dw, v, g, norm));
        };
    }

    @Test
    void rowsHaveTheirGainsLength() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .weightNorm()
                .forward(
                        trial.output("w", 2, 2),
                        trial.output("norm", 2),
                        trial.input("v", new double[] {3, 4, 0, -2}, 2, 2),
                        trial.input("g", new double[] {10, -1}, 2, 1)));
        assertArrayEquals(new double[] {5, 2}, result.values("norm"));
        new Tolerance(0, 1e-15).check("w", new double[] {6, 8, 0, 1}, result.values("w"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 7, true), "w", "v", "g");
        GradientCheck.check(program(3, 7, false), "w", "v");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], true));
            Agreement.check(subject, program(size[0], size[1], false));
        }
    }

    /** v's gradient is perpendicular to v: its length never enters the loss. */
    @Test
    void gradientIsPerpendicularToV() {
        int width = 33;
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> {
            WeightNorm op = trial.backend().weightNorm();
            Tensor v = trial.input("v", 1, width);
            Tensor g = trial.input("g", 1, 1);
            Tensor norm = trial.output("norm", 1);
            op.forward(trial.output("w", 1, width), norm, v, g);
            op.backward(
                    trial.accumulator("dv", new double[width], 1, width),
                    null,
                    trial.input("dw", 1, width),
                    v,
                    g,
                    norm);
        });
        double along = 0;
        for (int i = 0; i < width; i++) {
            along += result.values("dv")[i] * result.inputs().get("v")[i];
        }
        // A sum of 33 terms of order one that cancels.
        new Tolerance(1e-14, 0).check("dv along v", 0, along);
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            WeightNorm op = trial.backend().weightNorm();
            Tensor v = trial.input("v", 4, 5);
            Tensor g = trial.input("g", 4, 1);
            Tensor wrong = trial.input("wrong", 3, 5);
            Tensor row = trial.input("row", 5);
            String forward = "weight_norm.forward";
            Contract.rejects(() -> op.forward(wrong, g, v, g), forward, "w", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.forward(v, row, v, g), forward, "norm", "(5)", "4");
            Contract.rejects(() -> op.forward(v, g, v, row), forward, "g", "(5)", "4");
            String backward = "weight_norm.backward";
            Contract.rejects(() -> op.backward(wrong, g, v, v, g, g), backward, "dv", "(3, 5)", "(4, 5)");
            Contract.rejects(() -> op.backward(v, row, v, v, g, g), backward, "dg", "(5)", "4");
            Contract.rejects(() -> op.backward(v, g, wrong, v, g, g), backward, "w", "(3, 5)", "(4, 5)");
        });
    }
}
