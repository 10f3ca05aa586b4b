package attmask.ops;

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

class GeluTest {
    /** Elements: awkward numbers, a prime, and a hidden layer of ViT-Tiny. */
    private static final int[] SIZES = {1, 31, 33, 197, 10007, 197 * 768};

    private static Consumer<Trial> program(int count) {
        return trial -> {
            Gelu op = trial.backend().gelu();
            // A wide range: the tails too.
            double[] values = Trial.normal("x", count);
            Arrays.setAll(values, i -> (float) (2.5 * values[i]));
            Tensor x = trial.input("x", values, count);
            Tensor y = trial.output("y", count);
            op.forward(y, x);
            Tensor dy = trial.input("dy", count);
            Tensor dx = trial.output("dx", count);
            trial.backward(() -> op.backward(dx, dy, x));
        };
    }

    /** x·Φ(x) with Φ from a table of the normal distribution. */
    @Test
    void knownValues() {
        double[] x = {0, 1, -1, 2, -2, 3};
        double[] expected = {0, 0.841344746, -0.158655254, 1.954499736, -0.045500264, 2.995950306};
        Trial.Result result = Trial.run(
                Backends.REFERENCE,
                trial -> trial.backend().gelu().forward(trial.output("y", 6), trial.input("x", x, 6)));
        // The table has nine digits.
        new Tolerance(5e-9, 0).check("gelu", expected, result.values("y"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(50), "y", "x");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int size : SIZES) {
            Agreement.check(subject, program(size));
        }
        Agreement.check(subject, program(0));
    }

    /** A slice may start anywhere, whatever the loads a backend prefers. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void unalignedSlice(Subject subject) {
        Agreement.check(subject, trial -> trial.backend()
                .gelu()
                .forward(trial.output("y", 32), trial.input("x", 33).slice(1, 32)));
    }

    /** Where Φ or φ would overflow or vanish, the result is 0 or x, never NaN. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void farTails(Subject subject) {
        double[] x = {-1e30, -1e4, -40, -14, 14, 40, 1e4, 1e30, 0, -0.0};
        double[] expected = {0, 0, 0, 0, 14, 40, 1e4, 1e30, 0, 0};
        double[] slope = {0, 0, 0, 0, 1, 1, 1, 1, 0.5, 0.5};
        double[] ones = new double[x.length];
        Arrays.fill(ones, 1);
        Trial.Result result = Trial.run(subject.backend(), trial -> {
            Tensor in = trial.input("x", x, x.length);
            trial.backend().gelu().forward(trial.output("y", x.length), in);
            trial.backend().gelu().backward(trial.output("dx", x.length), trial.input("dy", ones, x.length), in);
        });
        // The rational approximation of erf that a backend may use is good to 1.5e-7, here times up to |x| = 14.
        Tolerance tolerance = new Tolerance(2e-6, 1e-6);
        tolerance.check(subject + " gelu", expected, result.values("y"));
        tolerance.check(subject + " slope", slope, result.values("dx"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void dxMayBeDy(Subject subject) {
        Consumer<Trial> apart = trial ->
                trial.backend().gelu().backward(trial.output("dx", 197), trial.input("dy", 197), trial.input("x", 197));
        Agreement.inPlace(subject, apart, trial -> {
            Tensor dy = trial.input("dy", 197);
            trial.backend().gelu().backward(trial.inPlace("dx", dy), dy, trial.input("x", 197));
        });
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Gelu op = trial.backend().gelu();
            Tensor x = trial.input("x", 4, 5);
            Tensor wrong = trial.input("wrong", 3, 5);
            Contract.rejects(() -> op.forward(wrong, x), "gelu.forward", "y", "(3, 5)", "20 elements");
            Contract.rejects(() -> op.backward(wrong, x, x), "gelu.backward", "dx", "(3, 5)", "20 elements");
            Contract.rejects(() -> op.backward(x, wrong, x), "gelu.backward", "dy", "(3, 5)", "20 elements");
        });
    }
}
