package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.Trial;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EmaTest {
    private static final int[] SIZES = {1, 31, 33, 197, 10_007, 65_536};

    private static Consumer<Trial> program(int count, double momentum) {
        return trial -> trial.backend()
                .ema()
                .update(trial.sumsOf(2).accumulator("average", count), trial.input("value", count), momentum);
    }

    @Test
    void mixes() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .ema()
                .update(
                        trial.accumulator("average", new double[] {8, -8}, 2),
                        trial.input("value", new double[] {4, 0}, 2),
                        0.75));
        assertArrayEquals(new double[] {7, -6}, result.values("average"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (int size : SIZES) {
            for (double momentum : new double[] {0.9, 0.996, 0.99999}) {
                Agreement.check(subject, program(size, momentum));
            }
        }
        Agreement.check(subject, program(0, 0.9));
    }

    /** Slices that start on no multiple of 16 bytes, each for itself and both. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void slices(Subject subject) {
        for (int[] from : new int[][] {{1, 0}, {0, 3}, {2, 2}}) {
            Agreement.check(subject, trial -> trial.backend()
                    .ema()
                    .update(
                            trial.sumsOf(2).accumulator("average", 200).slice(from[0], 197),
                            trial.input("value", 200).slice(from[1], 197),
                            0.9));
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void momentumOneKeepsAndZeroCopies(Subject subject) {
        Trial.Result kept = Trial.run(subject.backend(), program(197, 1));
        assertArrayEquals(kept.outputs().get("average").start(), kept.values("average"));
        Trial.Result copied = Trial.run(subject.backend(), program(197, 0));
        assertArrayEquals(copied.inputs().get("value"), copied.values("average"));
    }

    @Test
    void wrongCalls() {
        Trial.run(Backends.REFERENCE, trial -> {
            Ema op = trial.backend().ema();
            Tensor x = trial.input("x", 4);
            Tensor wrong = trial.input("wrong", 5);
            Contract.rejects(() -> op.update(x, wrong, 0.5), "ema.update", "value", "(5)", "4");
            Contract.rejects(() -> op.update(x, x, 1.5), "ema.update", "momentum 1.5");
            Contract.rejects(() -> op.update(x, x, Double.NaN), "ema.update", "momentum NaN");
        });
    }
}
