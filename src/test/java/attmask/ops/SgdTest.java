package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.ops.Sgd.Update;
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

class SgdTest {
    private static final int COUNT = 12_000;

    /** Awkward lengths with gaps between them, each at its own rate; the last starts on no multiple of 16 bytes. */
    private static final List<Update> UPDATES = List.of(
            new Update(new Segment(0, 1), 0.1),
            new Update(new Segment(32, 31), 0),
            new Update(new Segment(64, 33), 2),
            new Update(new Segment(128, 0), 0.4),
            new Update(new Segment(128, 10_007), 0.01),
            new Update(new Segment(10_141, 1_001), 0.5));

    private static Consumer<Trial> program(List<Update> updates) {
        return trial -> {
            Tensor gradients = trial.real("gradients", COUNT);
            // p, μ·v and g: three terms, the last two times the rate.
            Tensor parameters = trial.sumsOf(3, 2).accumulator("parameters", COUNT);
            Tensor velocity = trial.accumulator("velocity", COUNT);
            trial.backend().sgd().step(parameters, gradients, velocity, updates, 0.9);
        };
    }

    /** With a gradient of 1 and μ = ½ the velocity goes 1, 1.5, 1.75. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void velocityGathers(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), trial -> {
            Tensor p = trial.accumulator("p", new double[] {1, 1}, 2);
            Tensor v = trial.accumulator("v", new double[2], 2);
            Tensor g = trial.real("g", new double[] {1, -2}, 2);
            List<Update> updates = List.of(new Update(new Segment(0, 1), 0.1), new Update(new Segment(1, 1), 0.2));
            for (int i = 0; i < 3; i++) {
                trial.backend().sgd().step(p, g, v, updates, 0.5);
            }
        });
        Tolerance roundings = Tolerance.of(subject.backend().real(), 3, 1);
        roundings.check("v", new double[] {1.75, -3.5}, result.values("v"));
        roundings.check("p", new double[] {1 - 0.425, 1 + 1.7}, result.values("p"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        Agreement.check(subject, program(UPDATES));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void whatNoSegmentNamesKeepsItsBits(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), program(UPDATES));
        for (String name : List.of("parameters", "velocity")) {
            double[] start = result.outputs().get(name).start();
            for (int[] untouched : new int[][] {{1, 32}, {63, 64}, {97, 128}, {10_135, 10_141}, {11_142, COUNT}}) {
                assertArrayEquals(
                        Arrays.copyOfRange(start, untouched[0], untouched[1]),
                        Arrays.copyOfRange(result.values(name), untouched[0], untouched[1]),
                        name + " from " + untouched[0]);
            }
        }
    }

    @Test
    void wrongCalls() {
        Trial.run(Backends.REFERENCE, trial -> {
            Sgd op = trial.backend().sgd();
            Tensor x = trial.input("x", 4);
            Tensor wrong = trial.input("wrong", 5);
            List<Update> none = List.of();
            Contract.rejects(() -> op.step(x, wrong, x, none, 0.9), "sgd", "gradients", "(5)", "4");
            Contract.rejects(() -> op.step(x, x, wrong, none, 0.9), "sgd", "velocity", "(5)", "4");
            Contract.rejects(() -> op.step(x, x, x, none, 1), "sgd", "momentum 1.0");
        });
    }
}
