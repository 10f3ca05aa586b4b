package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClipGradientsTest {
    private static final int COUNT = 12_000;

    /** Awkward lengths with gaps between them; the last starts on no multiple of 16 bytes. */
    private static final List<Segment> SEGMENTS = List.of(
            new Segment(0, 1),
            new Segment(32, 31),
            new Segment(64, 33),
            new Segment(128, 0),
            new Segment(128, 10_007),
            new Segment(10_141, 1_001));

    private static Consumer<Trial> program(double max) {
        return trial -> {
            // A sum of n squares errs by n·u at most, and its root, which is √n, by half of √n·u.
            trial.sumsOf((int) Math.sqrt(COUNT));
            Tensor gradients = trial.accumulator("gradients", COUNT);
            Tensor norms = trial.output("norms", SEGMENTS.size());
            trial.backend().clipGradients().apply(gradients, norms, SEGMENTS, max);
        };
    }

    @Test
    void eachParameterIsClippedByItsOwnNorm() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .clipGradients()
                .apply(
                        trial.accumulator("g", new double[] {3, 4, 9, 0.6, 0.8}, 5),
                        trial.output("norms", 2),
                        List.of(new Segment(0, 2), new Segment(3, 2)),
                        2));
        Tolerance roundings = new Tolerance(0, 1e-15);
        roundings.check("norms", new double[] {5, 1}, result.values("norms"));
        double factor = 2 / (5 + 1e-6);
        roundings.check("g", new double[] {3 * factor, 4 * factor, 9, 0.6, 0.8}, result.values("g"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (double max : new double[] {3, 0.01, 1e9, 0}) {
            Agreement.check(subject, program(max));
        }
    }

    /** A prototype layer of the published runs has 2 million elements. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void aLongParameter(Subject subject) {
        int count = 1_500_007;
        double[] gradient = new double[count];
        Arrays.fill(gradient, 0.5);
        Trial.Result result = Trial.run(subject.backend(), trial -> trial.backend()
                .clipGradients()
                .apply(
                        trial.accumulator("g", gradient, count),
                        trial.output("norms", 1),
                        List.of(new Segment(0, count)),
                        3));
        double norm = 0.5 * Math.sqrt(count);
        double clipped = 0.5 * 3 / (norm + ClipGradients.EPSILON);
        Arrays.fill(gradient, clipped);
        // Sums of so many quarters are exact: there remain the root's rounding and the factor's.
        Tolerance roundings =
                new Tolerance(0, Tolerance.of(subject.backend().real(), 1, 1).relative());
        roundings.check("norm", norm, result.values("norms")[0]);
        roundings.check("g", gradient, result.values("g"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void shortAndMeasuredGradientsKeepTheirBits(Subject subject) {
        for (double max : new double[] {1e9, 0}) {
            Trial.Result result = Trial.run(subject.backend(), program(max));
            assertArrayEquals(result.outputs().get("gradients").start(), result.values("gradients"), "max " + max);
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void gapsAreLeftAloneAndCountForNothing(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), program(0.01));
        double[] start = result.outputs().get("gradients").start();
        double[] values = result.values("gradients");
        for (int[] gap : new int[][] {{1, 32}, {63, 64}, {97, 128}, {128 + 10_007, 10_141}, {10_141 + 1_001, COUNT}}) {
            assertArrayEquals(Arrays.copyOfRange(start, gap[0], gap[1]), Arrays.copyOfRange(values, gap[0], gap[1]));
        }
        assertEquals(0, result.values("norms")[3], "norm of nothing");
        assertEquals(Math.abs(start[0]), result.values("norms")[0], "norm of one number");
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            ClipGradients op = trial.backend().clipGradients();
            Tensor x = trial.input("x", 4);
            Tensor wrong = trial.input("wrong", 3);
            List<Segment> two = List.of(new Segment(0, 2), new Segment(2, 2));
            Contract.rejects(() -> op.apply(x, wrong, two, 1), "clip_gradients", "norms", "(3)", "2");
        });
    }
}
