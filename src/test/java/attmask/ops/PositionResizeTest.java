package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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

class PositionResizeTest {
    /** (from, to, D): equal, smaller, larger, not square, a prime, and ViT-Small's 224 to 96 pixels. */
    private static final int[][] SIZES = {
        {1, 1, 1, 1, 1}, {3, 5, 3, 5, 33}, {1, 1, 2, 3, 31}, {4, 2, 31, 3, 7}, {2, 3, 1, 1, 101}, {14, 14, 6, 6, 384}
    };

    private static Consumer<Trial> program(Grid from, Grid to, int width) {
        return trial -> {
            PositionResize op = trial.backend().positionResize();
            Tensor positions = trial.input("positions", 1 + from.tokens(), width);
            // 16 taps of weights up to about one.
            Tensor out = trial.sumsOf(16).output("out", 1 + to.tokens(), width);
            op.forward(out, positions, from, to);
            Tensor dout = trial.input("dout", 1 + to.tokens(), width);
            int tapsPerSource = 16 + 16 * to.tokens() / from.tokens();
            Tensor dpositions = trial.sumsOf(tapsPerSource).accumulator("dpositions", 1 + from.tokens(), width);
            trial.backward(() -> op.backward(dpositions, dout, from, to));
        };
    }

    /** The kernel is an interpolation of unity: whatever the sizes, constants stay constant. */
    @Test
    void tapsSumToOne() {
        for (int from = 1; from < 9; from++) {
            for (int to = 1; to < 20; to++) {
                for (double[] weights : BicubicTaps.of(from, to).weight()) {
                    assertEquals(1, Arrays.stream(weights).sum(), 1e-14);
                }
            }
        }
    }

    /** from 4 to 2: source coordinate (i + 0.5)·4/2.1 − 0.5, so 0.452… for the first, by the cubic with a = −0.75. */
    @Test
    void knownTaps() {
        BicubicTaps taps = BicubicTaps.of(4, 2);
        assertArrayEquals(new int[] {0, 0, 1, 2}, taps.index()[0], "border clamped");
        assertArrayEquals(new int[] {1, 2, 3, 3}, taps.index()[1], "border clamped");
        double t = 0.5 * 4 / 2.1 - 0.5;
        double a = -0.75;
        double[] expected = {
            a * (t * t * t - 2 * t * t + t),
            (a + 2) * t * t * t - (a + 3) * t * t + 1,
            -(a + 2) * t * t * t + (2 * a + 3) * t * t - a * t,
            a * (t * t - t * t * t)
        };
        assertArrayEquals(expected, taps.weight()[0], 1e-14);
    }

    /** What varies from top to bottom only still does after resizing; height and width are not mixed up. */
    @Test
    void rowsStayRows() {
        double[] positions = {0, 1, 1, 1, 7, 7, 7};
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .positionResize()
                .forward(
                        trial.output("out", 11, 1), trial.input("p", positions, 7, 1), new Grid(2, 3), new Grid(2, 5)));
        double[] out = result.values("out");
        BicubicTaps taps = BicubicTaps.of(2, 2);
        double top = 0;
        for (int tap = 0; tap < 4; tap++) {
            top += taps.weight()[0][tap] * (taps.index()[0][tap] == 0 ? 1 : 7);
        }
        for (int x = 0; x < 5; x++) {
            assertEquals(top, out[1 + x], 1e-13);
            assertEquals(out[6], out[6 + x], 1e-14);
        }
    }

    @Test
    void anEqualGridIsCopied() {
        Trial.Result result = Trial.run(Backends.REFERENCE, program(new Grid(3, 5), new Grid(3, 5), 4));
        assertArrayEquals(result.inputs().get("positions"), result.values("out"));
    }

    @Test
    void constantsStayAndClsIsCopied() {
        double[] positions = {5, 2, 2, 2, 2, 2, 2};
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .positionResize()
                .forward(
                        trial.output("out", 13, 1), trial.input("p", positions, 7, 1), new Grid(2, 3), new Grid(4, 3)));
        double[] expected = new double[13];
        Arrays.fill(expected, 2);
        expected[0] = 5;
        new Tolerance(1e-14, 0).check("constant grid", expected, result.values("out"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(new Grid(3, 2), new Grid(2, 5), 2), "out", "positions");
        GradientCheck.check(program(new Grid(2, 3), new Grid(2, 3), 2), "out", "positions");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(new Grid(size[0], size[1]), new Grid(size[2], size[3]), size[4]));
        }
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            PositionResize op = trial.backend().positionResize();
            Tensor seven = trial.input("seven", 7, 3);
            Tensor five = trial.input("five", 5, 3);
            Grid six = new Grid(2, 3);
            Grid four = new Grid(2, 2);
            Contract.rejects(
                    () -> op.forward(five, five, six, four),
                    "position_resize.forward",
                    "positions",
                    "(5, 3)",
                    "(7, 3)");
            Contract.rejects(
                    () -> op.forward(seven, seven, six, four), "position_resize.forward", "out", "(7, 3)", "(5, 3)");
            Contract.rejects(
                    () -> op.backward(seven, seven, six, four), "position_resize.backward", "dout", "(7, 3)", "(5, 3)");
            Contract.rejects(
                    () -> op.backward(five, five, six, four),
                    "position_resize.backward",
                    "dpositions",
                    "(5, 3)",
                    "(7, 3)");
            Contract.rejects(() -> new Grid(0, 3), "0x3");
        });
    }
}
