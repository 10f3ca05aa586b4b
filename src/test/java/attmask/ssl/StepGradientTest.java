package attmask.ssl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Size;
import attmask.nn.Parameter;
import attmask.ops.Backend;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.GradientCheck;
import attmask.testkit.TinyStep;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradient of the whole step's loss with respect to every parameter, against central differences in double: along
 * one random direction, in which every element takes part, and element by element.
 */
class StepGradientTest {
    /** Parameters of up to this many elements are checked one by one, larger ones in as many, spread out. */
    private static final int ELEMENTS = 5;

    private static final double STEP = 1e-3;

    /** Four points err by h⁴·L⁽⁵⁾/30 = 3e-14·L⁽⁵⁾, at fifth derivatives of some 1e4, and by roundings of 1e-16·L/h. */
    private static final Tolerance TOLERANCE = new Tolerance(1e-9, 1e-7);

    private static Stream<TinyStep> variants() {
        return Stream.of(
                TinyStep.IBOT,
                new TinyStep(false, true, 2, Size.square(8), 1, 1),
                new TinyStep(false, false, 0, null, 0.5, 2),
                new TinyStep(true, true, 1, new Size(4, 8), 1, 0),
                TinyStep.MST,
                new TinyStep(false, true, 0, null, 0.5, 0, 2));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void everyParameter(TinyStep variant) {
        Backend backend = Backends.REFERENCE;
        try (SelfDistillation step = variant.on(backend)) {
            TinyStep.forwardBackward(backend, step);
            double[][] gradients = step.gradients().layout().parameters().stream()
                    .map(p -> TinyStep.read(backend, step.gradients().get(p.name())))
                    .toArray(double[][]::new);
            int index = 0;
            for (Parameter parameter : step.studentParameters().layout().parameters()) {
                double[] gradient = gradients[index++];
                boolean unused = variant.patchWeight() == 0 && parameter.name().startsWith("head.last_layer2");
                if (parameter.trained() && !unused) {
                    check(backend, step, parameter.name(), gradient);
                } else {
                    assertArrayEquals(
                            new double[gradient.length], gradient, parameter.name() + " is constant or unused");
                }
            }
        }
    }

    private static void check(Backend backend, SelfDistillation step, String name, double[] gradient) {
        Tensor parameter = step.studentParameters().get(name);
        double[] values = TinyStep.read(backend, parameter);
        for (double[] direction : directions(name, values.length)) {
            double expected = GradientCheck.derivative(
                    distance -> {
                        double[] moved = new double[values.length];
                        Arrays.setAll(moved, i -> values[i] + distance * direction[i]);
                        backend.write(parameter, moved);
                        return TinyStep.forwardBackward(backend, step).total();
                    },
                    0,
                    STEP);
            TOLERANCE.check(name, expected, dot(gradient, direction));
        }
        backend.write(parameter, values);
        boolean idle = Arrays.stream(gradient).allMatch(g -> Math.abs(g) < TOLERANCE.absolute());
        assertTrue(!idle, name + " has no gradient: the check proves nothing");
    }

    /** A random direction of length one, then some axes. */
    private static List<double[]> directions(String name, int length) {
        List<double[]> directions = new ArrayList<>();
        double[] random = Trial.normal("direction of " + name, length);
        double norm = Math.sqrt(dot(random, random));
        Arrays.setAll(random, i -> random[i] / norm);
        directions.add(random);
        int count = Math.min(length, ELEMENTS);
        for (int i = 0; i < count; i++) {
            double[] axis = new double[length];
            axis[(int) ((long) i * length / count)] = 1;
            directions.add(axis);
        }
        return directions;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
