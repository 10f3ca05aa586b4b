package attmask.ssl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import attmask.ops.Backend;
import attmask.ssl.SelfDistillation.Update;
import attmask.tensor.Tensor;
import attmask.testkit.Backends.Subject;
import attmask.testkit.TinyStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step that is not finite touches nothing that is learned, and says what is wrong. */
class NonFiniteStepTest {
    private static final Update UPDATE = new Update(0.01, 0.04, 3, false, 0.75);

    private static List<double[]> state(Backend backend, SelfDistillation step) {
        List<double[]> state = new ArrayList<>();
        for (Tensor tensor : List.of(
                step.studentParameters().flat(),
                step.teacherParameters().flat(),
                step.centers().cls(),
                step.centers().patch(),
                step.optimizer().firstMoments().flat(),
                step.optimizer().secondMoments().flat())) {
            state.add(TinyStep.read(backend, tensor));
        }
        state.add(Arrays.stream(step.optimizer().stepCounts()).asDoubleStream().toArray());
        return state;
    }

    private static void spoil(Backend backend, Tensor tensor, double value) {
        double[] values = TinyStep.read(backend, tensor);
        values[values.length / 2] = value;
        backend.write(tensor, values);
    }

    private static void leavesAlone(Backend backend, SelfDistillation step, String offending) {
        List<double[]> before = state(backend, step);
        assertEquals(Optional.of(offending), step.update(UPDATE));
        List<double[]> after = state(backend, step);
        for (int i = 0; i < before.size(); i++) {
            assertArrayEquals(before.get(i), after.get(i), offending + ", state " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void nothingIsLearned(Subject subject) {
        Backend backend = subject.backend();
        try (SelfDistillation step = TinyStep.IBOT.on(backend)) {
            TinyStep.forwardBackward(backend, step);
            double[] gradients = TinyStep.read(backend, step.gradients().flat());
            for (String name : List.of("masked_embed", "blocks.0.mlp.fc1.weight", "head.mlp.0.bias")) {
                backend.write(step.gradients().flat(), gradients);
                spoil(backend, step.gradients().get(name), Double.NaN);
                // masked_embed's gradient is the last that backward makes.
                spoil(backend, step.gradients().get("masked_embed"), Double.POSITIVE_INFINITY);
                leavesAlone(backend, step, name);
            }
            double[] pixels = TinyStep.read(backend, step.globals());
            spoil(backend, step.globals(), Double.NaN);
            TinyStep.forwardBackward(backend, step);
            leavesAlone(backend, step, "loss.cls");
            backend.write(step.globals(), pixels);
            TinyStep.forwardBackward(backend, step);
            List<double[]> before = state(backend, step);
            assertEquals(Optional.empty(), step.update(UPDATE), "the next step is a good one");
            List<double[]> after = state(backend, step);
            for (int i = 0; i < before.size(); i++) {
                assertFalse(Arrays.equals(before.get(i), after.get(i)), "state " + i);
            }
        }
    }

    /** Weights, moments and centers that no step can go on from; numbers whose squares overflow are not among them. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void theStateIsLookedAt(Subject subject) {
        Backend backend = subject.backend();
        try (SelfDistillation step = TinyStep.IBOT.on(backend)) {
            Map<String, Tensor> spoilt = Map.of(
                    "student/masked_embed", step.studentParameters().get("masked_embed"),
                    "teacher/norm.weight", step.teacherParameters().get("norm.weight"),
                    "optimizer/first/cls_token", step.optimizer().firstMoments().get("cls_token"),
                    "optimizer/second/head.mlp.0.bias",
                            step.optimizer().secondMoments().get("head.mlp.0.bias"),
                    "center/cls", step.centers().cls(),
                    "center/patch", step.centers().patch());
            backend.zero(step.optimizer().firstMoments().flat());
            backend.zero(step.optimizer().secondMoments().flat());
            spoilt.forEach((name, tensor) -> {
                double[] values = TinyStep.read(backend, tensor);
                spoil(backend, tensor, Double.NEGATIVE_INFINITY);
                assertEquals(Optional.of(name), step.nonFiniteState());
                spoil(backend, tensor, 3e38);
                assertEquals(Optional.empty(), step.nonFiniteState(), name);
                backend.write(tensor, values);
            });
            assertEquals(Optional.empty(), step.nonFiniteState());
        }
    }
}
