package attmask.testkit;

import attmask.ops.reference.ReferenceBackend;
import attmask.testkit.Trial.Output;
import attmask.testkit.Trial.Result;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.apache.commons.math3.analysis.differentiation.FiniteDifferencesDifferentiator;

/**
 * Hand-written gradients against central differences, in double precision on the reference backend.
 *
 * <p>For the loss L = Σ dy·y of a random dy, the gradient ∂L/∂x must be what backward makes of dy.
 */
public final class GradientCheck {
    /** Four points h apart err by about 0.01·h⁴·L⁽⁵⁾ and by roundings of 1e-16·L/h. */
    private static final double STEP = 1e-3;

    /** 1e-12 and 1e-13 of those at fifth derivatives and losses of up to some thousands. */
    private static final Tolerance TOLERANCE = new Tolerance(1e-8, 1e-8);

    private GradientCheck() {}

    /**
     * Checks {@code dNAME} for each input NAME.
     *
     * @param program names {@code output}, its upstream gradient {@code d<output>} (ones if there is none), the inputs,
     *     and their gradients
     */
    public static void check(Consumer<Trial> program, String output, String... inputs) {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            Result result = Trial.run(backend, backend.activation(), program, Map.of(), 1);
            double[] dy = result.inputs().getOrDefault("d" + output, ones(result.values(output).length));
            for (String input : inputs) {
                double[] x = result.inputs().get(input);
                double[] expected = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    int element = i;
                    DoubleUnaryOperator loss = value -> {
                        double[] moved = x.clone();
                        moved[element] = value;
                        return dot(
                                dy,
                                Trial.run(backend, backend.activation(), program, Map.of(input, moved), 0)
                                        .values(output));
                    };
                    expected[i] = derivative(loss, x[i], STEP);
                }
                Output gradient = result.outputs().get("d" + input);
                TOLERANCE.check("gradient " + gradient.name(), expected, gradient.result());
            }
        }
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** f'(x) from four points around x, {@code step} apart. */
    public static double derivative(DoubleUnaryOperator f, double x, double step) {
        return new FiniteDifferencesDifferentiator(4, step)
                .differentiate(f::applyAsDouble)
                .value(new DerivativeStructure(1, 1, 0, x))
                .getPartialDerivative(1);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
