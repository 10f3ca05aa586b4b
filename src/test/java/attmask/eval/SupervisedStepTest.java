package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.nn.Parameter;
import attmask.ops.Backend;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.GradientCheck;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SupervisedStepTest {
    private static final int BATCH = 3;
    private static final int CLASSES = 4;
    private static final long SEED = 5;

    /** As the whole step of self-distillation is checked: truncation of 3e-14·L⁽⁵⁾, roundings of 1e-16·L/h. */
    private static final double STEP = 1e-3;

    private static final Tolerance TOLERANCE = new Tolerance(1e-9, 1e-7);
    /** Parameters of up to this many elements are checked one by one, larger ones in as many, spread out. */
    private static final int ELEMENTS = 5;

    /** A network of two blocks on 2 × 3 patches with drop path, random weights, and mixed, smoothed targets. */
    private static SupervisedStep step(Backend backend) {
        ModelConfig model = new ModelConfig(new Size(8, 12), 4, 12, 2, 3, 2, 0.3);
        SupervisedStep step = new SupervisedStep(backend, model, CLASSES, BATCH, 0.7, true);
        step.allocate();
        for (Parameter parameter : step.weights().layout().parameters()) {
            write(backend, step.weights().get(parameter.name()), parameter.name(), 0.3);
        }
        write(backend, step.images(), "images", 1);
        double[] targets = new double[BATCH * CLASSES];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = 0.025 + (i % 5 == 0 ? 0.6 : 0) + (i % 4 == 1 ? 0.3 : 0);
        }
        backend.write(step.targets(), targets);
        step.dropPath(SEED, 0);
        return step;
    }

    private static void write(Backend backend, Tensor tensor, String name, double size) {
        double[] values = Trial.normal(name, Math.toIntExact(tensor.count()));
        Arrays.setAll(values, i -> (float) (size * values[i]));
        backend.write(tensor, values);
    }

    private static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.count())];
        backend.read(tensor, values);
        return values;
    }

    /** Every parameter's gradient against central differences, along a random direction and some axes. */
    @Test
    void gradients() {
        Backend backend = Backends.REFERENCE;
        try (SupervisedStep step = step(backend)) {
            step.forwardBackward();
            double[] all = read(backend, step.gradients().flat());
            for (Parameter parameter : step.weights().layout().parameters()) {
                int from = (int) parameter.segment().offset();
                check(
                        backend,
                        step,
                        parameter.name(),
                        Arrays.copyOfRange(all, from, from + parameter.segment().length()));
            }
        }
    }

    private static void check(Backend backend, SupervisedStep step, String name, double[] gradient) {
        Tensor parameter = step.weights().get(name);
        double[] values = read(backend, parameter);
        int axes = Math.min(ELEMENTS, values.length);
        for (int k = -1; k < axes; k++) {
            double[] direction =
                    k < 0 ? Trial.normal("direction of " + name, values.length) : new double[values.length];
            if (k >= 0) {
                direction[(int) ((long) k * values.length / axes)] = 1;
            }
            double length = Math.sqrt(dot(direction, direction));
            Arrays.setAll(direction, i -> direction[i] / length);
            double expected = GradientCheck.derivative(
                    distance -> {
                        double[] moved = new double[values.length];
                        Arrays.setAll(moved, i -> values[i] + distance * direction[i]);
                        backend.write(parameter, moved);
                        return step.forwardBackward();
                    },
                    0,
                    STEP);
            TOLERANCE.check(name, expected, dot(gradient, direction));
        }
        backend.write(parameter, values);
        assertTrue(
                Arrays.stream(gradient).anyMatch(g -> Math.abs(g) > TOLERANCE.absolute()),
                name + " has no gradient: the check proves nothing");
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Loss, gradients and two updates on each backend against the reference. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        double[] expected = run(Backends.REFERENCE);
        double[] actual = run(subject.backend());
        // Some hundred roundings in a chain of two blocks; bfloat16 rounds every activation.
        double bound = 200 * Math.max(0x1p-53, subject.backend().roundoff());
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], bound * largest, "element " + i);
        }
        assertArrayEquals(actual, run(subject.twin()), "twin");
    }

    /** The loss, then all gradients. */
    private static double[] run(Backend backend) {
        try (SupervisedStep step = step(backend)) {
            double loss = step.forwardBackward();
            double[] gradients = read(backend, step.gradients().flat());
            double[] all = Arrays.copyOf(gradients, gradients.length + 1);
            all[gradients.length] = loss;
            return all;
        }
    }

    /** An update lowers the loss, and the average follows at its pace. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void learnsAndAverages(Subject subject) {
        Backend backend = subject.backend();
        try (SupervisedStep step = step(backend)) {
            step.startAverage();
            double[] start = read(backend, step.weights().flat());
            double before = step.forwardBackward();
            step.update(0.01, 0.05);
            step.updateAverage(0.75);
            double[] now = read(backend, step.weights().flat());
            double[] average = read(backend, step.average().flat());
            for (int i = 0; i < now.length; i++) {
                assertEquals(0.75 * start[i] + 0.25 * now[i], average[i], 1e-6, "element " + i);
            }
            for (int i = 0; i < 10; i++) {
                step.forwardBackward();
                step.update(0.01, 0.05);
            }
            double after = step.forwardBackward();
            assertTrue(after < before - 0.1, before + " to " + after);
        }
    }
}
