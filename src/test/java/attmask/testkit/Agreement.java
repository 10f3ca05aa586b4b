package attmask.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.ops.Backend;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Trial.Output;
import attmask.testkit.Trial.Result;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;

/** One op on one backend against the same op on the reference. */
public final class Agreement {
    private Agreement() {}

    /**
     * Every output is the reference's within its tolerance; a second run and the backend's twin give the same bits;
     * backward twice overwrites what it overwrites and adds twice to what it adds to. {@link Trial} guards all tensors.
     */
    public static void check(Subject subject, Consumer<Trial> program) {
        Result expected = Trial.run(Backends.REFERENCE, subject.backend().activation(), program);
        Result actual = Trial.run(subject.backend(), program);
        actual.outputs().forEach((name, output) -> {
            Output reference = expected.outputs().get(name);
            output.tolerance().check(subject + ": " + output.name(), reference.values(), output.values());
        });
        sameBits("second run", actual, Trial.run(subject.backend(), program));
        sameBits("twin", actual, Trial.run(subject.twin(), program));
        if (actual.hasBackward()) {
            backwardTwice(subject.backend(), program, actual);
        }
    }

    /** An op in place gives the bits of the same op with an output of its own. */
    public static void inPlace(Subject subject, Consumer<Trial> apart, Consumer<Trial> inPlace) {
        sameBits("in place", Trial.run(subject.backend(), apart), Trial.run(subject.backend(), inPlace));
    }

    private static void backwardTwice(Backend backend, Consumer<Trial> program, Result once) {
        Result twice = Trial.run(backend, backend.activation(), program, Map.of(), 2);
        once.outputs().forEach((name, first) -> {
            Output second = twice.outputs().get(name);
            String what = backend.name() + ", backward twice: " + first.name();
            if (first.accumulated()) {
                double[] doubled = first.result();
                for (int i = 0; i < doubled.length; i++) {
                    doubled[i] *= 2;
                }
                // The tolerance covers one sum; here are two, and their doubled roundings. Each was added to what was
                // there, and rounded with it.
                double largest = DoubleStream.concat(Arrays.stream(first.values()), Arrays.stream(second.values()))
                        .map(Math::abs)
                        .max()
                        .orElse(0);
                Tolerance three = new Tolerance(
                        3 * first.tolerance().absolute() + 2 * first.tolerance().relative() * largest,
                        3 * first.tolerance().relative());
                three.check(what, doubled, second.result());
            } else {
                assertArrayEquals(first.values(), second.values(), what);
            }
        });
    }

    private static void sameBits(String what, Result expected, Result actual) {
        assertEquals(expected.outputs().keySet(), actual.outputs().keySet());
        expected.outputs()
                .forEach((name, output) ->
                        assertArrayEquals(output.values(), actual.values(name), what + ": " + output.name()));
    }
}
