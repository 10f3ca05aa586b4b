package attmask.ssl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Size;
import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.ssl.SelfDistillation.Update;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.TinyStep;
import attmask.testkit.Tolerance;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SelfDistillationTest {
    private static final Backend REFERENCE = Backends.REFERENCE;
    private static final TinyStep TWO_HEADS = new TinyStep(false, false, 2, Size.square(8), 1, 1);
    private static final Update UPDATE = new Update(0.01, 0.04, 3, false, 0.75);

    /** Sums in double of other order. */
    private static final Tolerance DOUBLES = new Tolerance(1e-13, 1e-12);

    private static double[] read(Tensor tensor) {
        return TinyStep.read(REFERENCE, tensor);
    }

    private static double[] gradients(TinyStep tiny) {
        try (SelfDistillation step = tiny.on(REFERENCE)) {
            TinyStep.forwardBackward(REFERENCE, step);
            return read(step.gradients().flat());
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (TinyStep tiny : new TinyStep[] {TinyStep.IBOT, TWO_HEADS, TinyStep.IBOT.withWeights(1, 0), TinyStep.MST}) {
            agree(subject.backend(), tiny);
        }
    }

    private static void agree(Backend backend, TinyStep tiny) {
        try (SelfDistillation expected = tiny.on(REFERENCE);
                SelfDistillation actual = tiny.on(backend)) {
            Losses want = TinyStep.forwardBackward(REFERENCE, expected);
            Losses got = TinyStep.forwardBackward(backend, actual);
            // Some hundred float32 roundings of 6e-8 lie on the way, and the softmax of logits / 0.2 multiplies them.
            Tolerance tolerance = new Tolerance(2e-5, 2e-5);
            tolerance.check("cls", want.cls(), got.cls());
            tolerance.check("patch", want.patch(), got.patch());
            tolerance.check("restoration", want.restoration(), got.restoration());
            tolerance.check("teacher entropy", want.teacherEntropy(), got.teacherEntropy());
            tolerance.check("marginal entropy", want.marginalEntropy(), got.marginalEntropy());
            tolerance.check("patch entropy", want.patchEntropy(), got.patchEntropy());
            assertEquals(want.agreement(), got.agreement());
            assertEquals(want.maskedShare(), got.maskedShare());
            assertArrayEquals(want.clusters(), got.clusters());
            tolerance.check("scores", read(expected.scores()), TinyStep.read(backend, actual.scores()));
            for (Parameter parameter : expected.gradients().layout().parameters()) {
                String name = parameter.name();
                double[] gradient = read(expected.gradients().get(name));
                // A number that cancels errs as the largest of its parameter does.
                double largest = Arrays.stream(gradient).map(Math::abs).max().orElse(0);
                new Tolerance(2e-5 * largest + 1e-6, 0)
                        .check(
                                name,
                                gradient,
                                TinyStep.read(backend, actual.gradients().get(name)));
            }
            double[] flat = read(expected.gradients().flat());
            expected.update(UPDATE);
            actual.update(UPDATE);
            learned(backend, flat, expected.studentParameters(), actual.studentParameters());
            learned(backend, flat, expected.teacherParameters(), actual.teacherParameters());
            tolerance.check(
                    "cls center",
                    read(expected.centers().cls()),
                    TinyStep.read(backend, actual.centers().cls()));
            tolerance.check(
                    "patch center",
                    read(expected.centers().patch()),
                    TinyStep.read(backend, actual.centers().patch()));
        }
    }

    /**
     * Updated parameters agree. Where the gradient is nothing but roundings (a key's bias shifts all scores alike),
     * Adam's first step, the rate times the gradient's sign, goes either way.
     */
    private static void learned(Backend backend, double[] gradients, Parameters expected, Parameters actual) {
        Tolerance same = new Tolerance(1e-5, 1e-5);
        Tolerance eitherWay = new Tolerance(2 * UPDATE.learningRate(), 0);
        for (Parameter parameter : expected.layout().parameters()) {
            double[] gradient = part(gradients, parameter);
            double largest = Arrays.stream(gradient).map(Math::abs).max().orElse(0);
            double[] want = read(expected.get(parameter.name()));
            double[] got = TinyStep.read(backend, actual.get(parameter.name()));
            for (int i = 0; i < want.length; i++) {
                boolean roundings = Math.abs(gradient[i]) < 1e-3 * largest || largest < 1e-6;
                (roundings ? eitherWay : same).check("updated " + parameter.name() + " " + i, want[i], got[i]);
            }
        }
    }

    /** The same bits for the same step, for any number of threads. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void twinsAgreeBitForBit(Subject subject) {
        double[][] learned = new double[2][];
        Backend[] backends = {subject.backend(), subject.twin()};
        for (int i = 0; i < 2; i++) {
            try (SelfDistillation step = TWO_HEADS.on(backends[i])) {
                for (int t = 0; t < 3; t++) {
                    TinyStep.forwardBackward(backends[i], step);
                    step.update(UPDATE);
                }
                learned[i] = TinyStep.read(backends[i], step.studentParameters().flat());
            }
        }
        assertArrayEquals(learned[0], learned[1]);
    }

    /** Nothing learned changes before {@link SelfDistillation#update}, and a second run gives the same. */
    @Test
    void forwardBackwardLearnsNothing() {
        try (SelfDistillation step = TWO_HEADS.on(REFERENCE)) {
            double[] student = read(step.studentParameters().flat());
            double[] teacher = read(step.teacherParameters().flat());
            double[] center = read(step.centers().patch());
            Losses first = TinyStep.forwardBackward(REFERENCE, step);
            double[] gradient = read(step.gradients().flat());
            Losses second = TinyStep.forwardBackward(REFERENCE, step);
            assertEquals(first.total(), second.total());
            assertArrayEquals(gradient, read(step.gradients().flat()));
            assertArrayEquals(student, read(step.studentParameters().flat()));
            assertArrayEquals(teacher, read(step.teacherParameters().flat()));
            assertArrayEquals(center, read(step.centers().patch()));
        }
    }

    /** Rows that were masked in the step before carry nothing over into this one's gradient. */
    @Test
    void anEarlierStepsMasksLeaveNoTrace() {
        try (SelfDistillation step = TWO_HEADS.on(REFERENCE)) {
            byte[] all = new byte[TinyStep.mask().length];
            Arrays.fill(all, (byte) 1);
            step.forwardBackward(TinyStep.TEMPERATURES, new TinyStep.Masks(REFERENCE, all));
            TinyStep.forwardBackward(REFERENCE, step);
            assertArrayEquals(gradients(TWO_HEADS), read(step.gradients().flat()));
        }
    }

    @Test
    void aFrozenLastLayerIsUntouched() {
        try (SelfDistillation step = TWO_HEADS.on(REFERENCE)) {
            double[] before = read(step.studentParameters().flat());
            TinyStep.forwardBackward(REFERENCE, step);
            step.update(new Update(0.01, 0.04, 3, true, 0.75));
            int index = 0;
            for (Parameter parameter : step.studentParameters().layout().parameters()) {
                String name = parameter.name();
                double[] start = part(before, parameter);
                double[] now = read(step.studentParameters().get(name));
                if (parameter.lastLayer()) {
                    assertArrayEquals(start, now, name);
                    double[] nothing = new double[now.length];
                    assertArrayEquals(
                            nothing, read(step.optimizer().firstMoments().get(name)), name);
                    assertArrayEquals(
                            nothing, read(step.optimizer().secondMoments().get(name)), name);
                } else {
                    assertFalse(Arrays.equals(start, now), name + " did not learn");
                }
                assertEquals(parameter.lastLayer() ? 0 : 1, step.optimizer().stepCounts()[index++], name);
            }
            TinyStep.forwardBackward(REFERENCE, step);
            step.update(UPDATE);
            Parameters student = step.studentParameters();
            for (Parameter parameter : student.layout().parameters()) {
                assertFalse(
                        Arrays.equals(part(before, parameter), read(student.get(parameter.name()))),
                        parameter.name() + " is still frozen");
            }
            assertEquals(
                    student.layout().parameters().stream()
                            .map(p -> p.lastLayer() ? 1 : 2)
                            .toList(),
                    Arrays.stream(step.optimizer().stepCounts()).boxed().toList(),
                    "a frozen layer's bias correction starts when it does");
        }
    }

    private static double[] part(double[] flat, Parameter parameter) {
        int from = (int) parameter.segment().offset();
        return Arrays.copyOfRange(flat, from, from + parameter.segment().length());
    }

    /** Gains held at 1 are no optimiser's business, decay included. */
    @Test
    void constantGainsStayOne() {
        try (SelfDistillation step = new TinyStep(false, true, 0, null, 1, 1).on(REFERENCE)) {
            TinyStep.forwardBackward(REFERENCE, step);
            step.update(UPDATE);
            for (String name : new String[] {"head.last_layer.weight_g", "head.last_layer2.weight_g"}) {
                for (double gain : read(step.studentParameters().get(name))) {
                    assertEquals(1, gain, name);
                }
            }
        }
    }

    @Test
    void dinoIsIbotsClsLossWithoutThePatchPath() {
        TinyStep dino = TWO_HEADS.withWeights(1, 0);
        try (SelfDistillation ibotStep = TWO_HEADS.on(REFERENCE);
                SelfDistillation dinoStep = dino.on(REFERENCE)) {
            double[] center = read(dinoStep.centers().patch());
            Losses ibot = TinyStep.forwardBackward(REFERENCE, ibotStep);
            Losses cls = TinyStep.forwardBackward(REFERENCE, dinoStep);
            DOUBLES.check("cls", ibot.cls(), cls.cls());
            assertTrue(ibot.patch() > 0);
            assertEquals(0, cls.patch());
            assertEquals(0, cls.patchEntropy());
            double[] patchHead = read(dinoStep.gradients().get("head.last_layer2.weight_v"));
            assertArrayEquals(new double[patchHead.length], patchHead);
            dinoStep.update(UPDATE);
            assertArrayEquals(center, read(dinoStep.centers().patch()), "the patch center is left out");
        }
    }

    /** The gradient of a sum is the sum of the gradients, so neither path disturbs the other. */
    @Test
    void lossesAddUp() {
        for (TinyStep tiny : new TinyStep[] {TinyStep.IBOT, TWO_HEADS}) {
            double[] cls = gradients(tiny.withWeights(1, 0));
            double[] patch = gradients(tiny.withWeights(0, 1));
            double[] both = gradients(tiny.withWeights(2, 0.5));
            double[] sum = IntStream.range(0, cls.length)
                    .mapToDouble(i -> 2 * cls[i] + 0.5 * patch[i])
                    .toArray();
            DOUBLES.check("gradient", sum, both);
        }
    }

    /** The same of MST's: [CLS] loss and restoration meet in the final norm and below. */
    @Test
    void restorationAddsUp() {
        double[] cls = gradients(TinyStep.IBOT.withWeights(1, 0));
        double[] restoration = gradients(TinyStep.IBOT.withRestoration(0, 1));
        double[] both = gradients(TinyStep.IBOT.withRestoration(2, 0.5));
        assertTrue(both.length > cls.length, "no decoder");
        double[] sum = IntStream.range(0, both.length)
                .mapToDouble(i -> (i < cls.length ? 2 * cls[i] : 0) + 0.5 * restoration[i])
                .toArray();
        DOUBLES.check("gradient", sum, both);
    }

    /** A chooser that masks no token costs what a chooser without masks costs. */
    @Test
    void nothingMasked() {
        try (SelfDistillation step = TinyStep.IBOT.on(REFERENCE)) {
            byte[] none = new byte[TinyStep.mask().length];
            Losses empty = step.forwardBackward(TinyStep.TEMPERATURES, new TinyStep.Masks(REFERENCE, none));
            double[] gradient = read(step.gradients().flat());
            Losses without = step.forwardBackward(TinyStep.TEMPERATURES, new NoMasks());
            assertEquals(empty.cls(), without.cls());
            assertEquals(0, empty.patch());
            assertEquals(0, without.patch());
            assertArrayEquals(gradient, read(step.gradients().flat()));
            assertArrayEquals(new double[12], read(step.gradients().get("masked_embed")));
        }
    }

    private static final class NoMasks implements MaskChooser {
        @Override
        public int[] choose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads) {
            return null;
        }
    }

    /** teacher ← m·teacher + (1 − m)·student, of the student after its update. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void theTeacherFollowsTheStudent(Subject subject) {
        Backend backend = subject.backend();
        try (SelfDistillation step = TWO_HEADS.on(backend)) {
            double[] before = TinyStep.read(backend, step.teacherParameters().flat());
            TinyStep.forwardBackward(backend, step);
            step.update(UPDATE);
            double[] student = TinyStep.read(backend, step.studentParameters().flat());
            double[] expected = new double[before.length];
            Arrays.setAll(expected, i -> 0.75 * before[i] + 0.25 * student[i]);
            Tolerance.of(backend.real(), 2, 1)
                    .check(
                            "teacher",
                            expected,
                            TinyStep.read(backend, step.teacherParameters().flat()));
        }
    }

    @Test
    void theTeacherStartsAsTheStudentsCopy() {
        try (SelfDistillation step = TWO_HEADS.on(REFERENCE)) {
            step.initialize(3);
            double[] teacher = read(step.teacherParameters().flat());
            double[] student = read(step.studentParameters().flat());
            assertArrayEquals(teacher, Arrays.copyOf(student, teacher.length));
            assertTrue(Arrays.stream(teacher).anyMatch(v -> v != 0));
        }
    }
}
