package attmask.ssl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.nn.Parameter;
import attmask.ops.Backend;
import attmask.ssl.SelfDistillation.Update;
import attmask.testkit.Backends;
import attmask.testkit.TinyStep;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole step with bfloat16 activations, on tensor cores (heads 32 and 64 wide) and beside them (4 wide). */
class Bf16StepTest {
    private static final Backend REFERENCE = Backends.REFERENCE;
    private static final TinyStep IBOT = TinyStep.IBOT;

    /** Measured: up to 0.0037. */
    private static final double LOSS_BOUND = 0.01;

    /** Of a parameter's gradient, in its norm; measured: up to 0.034. */
    private static final double GRADIENT_BOUND = 0.1;

    /** Patches of {@link TinyStep#mask()}. */
    private static final Size IMAGE = IBOT.model().image();

    private static Stream<ModelConfig> models() {
        return Stream.of(
                IBOT.model(), new ModelConfig(IMAGE, 4, 64, 2, 2, 3, 0.2), new ModelConfig(IMAGE, 4, 64, 2, 1, 3, 0.2));
    }

    private static HeadConfig head(ModelConfig model) {
        return new HeadConfig(model.width(), 8, 10, 10, true, false);
    }

    private static SelfDistillation step(Backend backend, ModelConfig model) {
        return IBOT.on(backend, model, head(model));
    }

    private static SelfDistillation restoring(Backend backend, ModelConfig model) {
        return TinyStep.MST.on(backend, model, head(model));
    }

    @ParameterizedTest
    @MethodSource("models")
    void agreesWithDoublesAsRoundingAllows(ModelConfig model) {
        Backend backend = Backends.bf16().backend();
        agree(backend, step(REFERENCE, model), step(backend, model));
    }

    @ParameterizedTest
    @MethodSource("models")
    void soDoesRestoration(ModelConfig model) {
        Backend backend = Backends.bf16().backend();
        agree(backend, restoring(REFERENCE, model), restoring(backend, model));
    }

    private static void agree(Backend backend, SelfDistillation expected, SelfDistillation actual) {
        try (expected;
                actual) {
            Losses want = TinyStep.forwardBackward(REFERENCE, expected);
            Losses got = TinyStep.forwardBackward(backend, actual);
            assertEquals(want.cls(), got.cls(), LOSS_BOUND);
            assertEquals(want.patch(), got.patch(), LOSS_BOUND);
            assertEquals(want.restoration(), got.restoration(), LOSS_BOUND);
            for (Parameter parameter : expected.gradients().layout().parameters()) {
                String name = parameter.name();
                double[] gradient =
                        TinyStep.read(REFERENCE, expected.gradients().get(name));
                double[] rounded = TinyStep.read(backend, actual.gradients().get(name));
                double error = distance(gradient, rounded);
                assertTrue(
                        error <= GRADIENT_BOUND * norm(gradient),
                        name + ": " + error + " off a gradient of " + norm(gradient));
            }
        }
    }

    private static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
    }

    private static double distance(double[] a, double[] b) {
        double[] difference = new double[a.length];
        Arrays.setAll(difference, i -> a[i] - b[i]);
        return norm(difference);
    }

    /** Whatever order the scheduler takes. */
    @ParameterizedTest
    @MethodSource("models")
    void twinsAgreeBitForBit(ModelConfig model) {
        double[][] learned = new double[2][];
        Backend[] backends = {Backends.bf16().backend(), Backends.bf16().twin()};
        for (int i = 0; i < 2; i++) {
            try (SelfDistillation step = step(backends[i], model)) {
                for (int t = 0; t < 2; t++) {
                    TinyStep.forwardBackward(backends[i], step);
                    step.update(new Update(0.01, 0.04, 3, false, 0.75));
                }
                learned[i] = TinyStep.read(backends[i], step.studentParameters().flat());
            }
        }
        assertArrayEquals(learned[0], learned[1]);
    }

    /** Master weights: updates far below a bfloat16's last place add up, and matrix products see their sum. */
    @ParameterizedTest
    @MethodSource("models")
    void smallUpdatesAddUp(ModelConfig model) {
        Backend backend = Backends.bf16().backend();
        try (SelfDistillation step = step(backend, model)) {
            double[] before = TinyStep.read(backend, step.studentParameters().get("blocks.0.mlp.fc1.weight"));
            double rate = 1e-5;
            int updates = 3;
            for (int t = 0; t < updates; t++) {
                TinyStep.forwardBackward(backend, step);
                step.update(new Update(rate, 0, 0, false, 1));
            }
            double[] after = TinyStep.read(backend, step.studentParameters().get("blocks.0.mlp.fc1.weight"));
            double[] moved = new double[after.length];
            Arrays.setAll(moved, i -> Math.abs(after[i] - before[i]));
            // Adam moves most weights by about the rate in each of its first steps.
            double median = Arrays.stream(moved).sorted().toArray()[moved.length / 2];
            assertTrue(median > 0.5 * updates * rate && median < 1.01 * updates * rate, "moved by " + median);
        }
    }

    /** What matrix products read follows the parameters, whoever writes them. */
    @ParameterizedTest
    @MethodSource("models")
    void productsReadWhatWasWritten(ModelConfig model) {
        Backend backend = Backends.bf16().backend();
        try (SelfDistillation step = step(backend, model)) {
            Losses first = TinyStep.forwardBackward(backend, step);
            double[] weights = TinyStep.read(backend, step.studentParameters().get("blocks.0.mlp.fc1.weight"));
            double[] zeros = new double[weights.length];
            backend.write(step.studentParameters().get("blocks.0.mlp.fc1.weight"), zeros);
            assertTrue(first.cls() != TinyStep.forwardBackward(backend, step).cls());
            backend.write(step.studentParameters().get("blocks.0.mlp.fc1.weight"), weights);
            assertEquals(first.cls(), TinyStep.forwardBackward(backend, step).cls());
        }
    }
}
