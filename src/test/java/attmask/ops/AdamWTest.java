package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.ops.AdamW.Betas;
import attmask.ops.AdamW.Update;
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

class AdamWTest {
    private static final double RATE = 0.01;
    private static final int COUNT = 12_000;

    /**
     * Awkward lengths with gaps between them; the third is frozen, and the last starts on no multiple of 16 bytes.
     */
    private static final List<Update> UPDATES = List.of(
            new Update(new Segment(0, 1), 0.04, 1),
            new Update(new Segment(32, 31), 0, 2),
            new Update(new Segment(64, 33), 0.4, 0),
            new Update(new Segment(128, 0), 0.4, 5),
            new Update(new Segment(128, 10_007), 0.1, 1000),
            new Update(new Segment(10_141, 1_001), 2.5, 0.04, 3));

    private static Consumer<Trial> program(List<Update> updates) {
        return trial -> {
            Tensor gradients = trial.input("gradients", COUNT);
            // A parameter, a moment and the ratio of moments are each a handful of roundings.
            Tensor parameters = trial.sumsOf(8).accumulator("parameters", COUNT);
            Tensor first = trial.accumulator("first", COUNT);
            double[] squares = Trial.normal("second", COUNT);
            Arrays.setAll(squares, i -> (float) (squares[i] * squares[i] + 0.1));
            Tensor second = trial.accumulator("second", squares, COUNT);
            trial.backend().adamW().step(parameters, gradients, first, second, updates, RATE, Betas.DEFAULT);
        };
    }

    /** From zero moments the corrected m is g and the corrected v is g², so the first step has the rate's length. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void firstStepGoesAgainstTheSign(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), trial -> trial.backend()
                .adamW()
                .step(
                        trial.accumulator("p", new double[] {1, 1, 1, 1}, 4),
                        trial.input("g", new double[] {2, -0.5, 100, 0}, 4),
                        trial.accumulator("m", new double[4], 4),
                        trial.accumulator("v", new double[4], 4),
                        List.of(new Update(new Segment(0, 3), 0.5, 1), new Update(new Segment(3, 1), 0, 1)),
                        RATE,
                        Betas.DEFAULT));
        double decayed = 1 - RATE * 0.5;
        double[] expected = {decayed - RATE, decayed + RATE, decayed - RATE, 1};
        // ε shortens the step by 1e-8/|g| of it; the rest are roundings.
        double roundings = Tolerance.of(subject.backend().real(), 1, 1).absolute();
        new Tolerance(3e-10 + roundings, 0).check("p", expected, result.values("p"));
    }

    /** Twice the rate is twice the step, and twice the decay with it. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void aParametersOwnRate(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), trial -> trial.backend()
                .adamW()
                .step(
                        trial.accumulator("p", new double[] {1, 1}, 2),
                        trial.input("g", new double[] {2, 2}, 2),
                        trial.accumulator("m", new double[2], 2),
                        trial.accumulator("v", new double[2], 2),
                        List.of(new Update(new Segment(0, 1), 2, 0.5, 1), new Update(new Segment(1, 1), 0, 0.5, 1)),
                        RATE,
                        Betas.DEFAULT));
        double roundings = Tolerance.of(subject.backend().real(), 1, 1).absolute();
        new Tolerance(3e-10 + roundings, 0)
                .check("p", new double[] {1 - 2 * RATE * 0.5 - 2 * RATE, 1}, result.values("p"));
    }

    /** Steps with a constant gradient: both corrected moments stay g and g². */
    @Test
    void biasCorrectionCounts() {
        double[] p = {0};
        double[] m = {0};
        double[] v = {0};
        for (int step = 1; step <= 3; step++) {
            int t = step;
            Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                    .adamW()
                    .step(
                            trial.accumulator("p" + t, p, 1),
                            trial.input("g", new double[] {4}, 1),
                            trial.accumulator("m" + t, m, 1),
                            trial.accumulator("v" + t, v, 1),
                            List.of(new Update(new Segment(0, 1), 0, t)),
                            RATE,
                            Betas.DEFAULT));
            p[0] = result.values("p" + t)[0];
            m[0] = result.values("m" + t)[0];
            v[0] = result.values("v" + t)[0];
            // ε is 2.5e-9 of the denominator.
            new Tolerance(1e-10, 0).check("step " + t, -RATE * t, p[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        Agreement.check(subject, program(UPDATES));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void frozenAndUnlistedElementsKeepTheirBits(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), program(UPDATES));
        for (String name : List.of("parameters", "first", "second")) {
            double[] start = result.outputs().get(name).start();
            double[] values = result.values(name);
            for (int[] untouched : new int[][] {{1, 32}, {63, 128}, {128 + 10_007, 10_141}, {10_141 + 1_001, COUNT}}) {
                assertArrayEquals(
                        Arrays.copyOfRange(start, untouched[0], untouched[1]),
                        Arrays.copyOfRange(values, untouched[0], untouched[1]),
                        name + " from " + untouched[0]);
            }
        }
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            AdamW op = trial.backend().adamW();
            Tensor x = trial.input("x", 4);
            Tensor wrong = trial.input("wrong", 5);
            List<Update> none = List.of();
            Contract.rejects(() -> op.step(x, wrong, x, x, none, 1, Betas.DEFAULT), "adam_w", "gradients", "(5)", "4");
            Contract.rejects(
                    () -> op.step(x, x, wrong, x, none, 1, Betas.DEFAULT), "adam_w", "first moments", "(5)", "4");
            Contract.rejects(
                    () -> op.step(x, x, x, wrong, none, 1, Betas.DEFAULT), "adam_w", "second moments", "(5)", "4");
        });
    }
}
