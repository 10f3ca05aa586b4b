package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.config.ModelConfig;
import attmask.nn.NetworkParameters;
import attmask.ops.Backend;
import attmask.ssl.SelfDistillation;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.TinyStep;
import attmask.testkit.Tolerance;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Readouts against what the training step itself computes of the same images. */
class ReadoutTest {
    private static final TinyStep TINY = TinyStep.IBOT;
    private static final int IMAGES = 4;

    private static float[] features(Backend backend, SelfDistillation step, Readout.Plan plan) {
        double[] globals = TinyStep.read(backend, step.globals());
        float[] pixels = new float[globals.length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) globals[i];
        }
        try (Encoder encoder = new Encoder(backend, TINY.model(), step.teacherParameters(), IMAGES, plan).allocate()) {
            float[] values = new float[IMAGES * encoder.featureWidth()];
            encoder.features(pixels, values);
            return values;
        }
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return doubles;
    }

    /** One (4, width) of tokens (4·7, width). */
    private static double[] cls(double[] tokens, int width) {
        double[] cls = new double[IMAGES * width];
        Arrays.setAll(cls, i -> tokens[i / width * 7 * width + i % width]);
        return cls;
    }

    private static double[] patchMeans(double[] tokens, int width) {
        double[] means = new double[IMAGES * width];
        for (int i = 0; i < means.length; i++) {
            for (int token = 1; token < 7; token++) {
                means[i] += tokens[(i / width * 7 + token) * width + i % width] / 6;
            }
        }
        return means;
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void areTheTeachersTokensAndLogits(Subject subject) {
        Backend backend = subject.backend();
        int width = TINY.model().width();
        try (SelfDistillation step = TINY.on(backend)) {
            TinyStep.forwardBackward(backend, step);
            double[] tokens = TinyStep.read(backend, step.teacherTokens());
            // The same kernels on as many rows: the tokens are the same bits.
            assertArrayEquals(cls(tokens, width), doubles(features(backend, step, Readout.cls())), 1e-7);
            // Six terms of order 1 in float32.
            new Tolerance(1e-6, 1e-6)
                    .check(
                            "patch mean",
                            patchMeans(tokens, width),
                            doubles(features(backend, step, Readout.patchMean())));
            // The step's head runs on all tokens at once, which is another shape of product.
            double roundoff = subject.equals(Backends.bf16()) ? 0x1p-8 : 1e-6;
            new Tolerance(4 * roundoff, 4 * roundoff)
                    .check(
                            "logits",
                            TinyStep.read(backend, step.teacherClsLogits()),
                            doubles(features(backend, step, Readout.logits(TINY.head()))));
        }
    }

    @Test
    void joinedStandSideBySide() {
        Backend backend = Backends.REFERENCE;
        try (SelfDistillation step = TINY.on(backend)) {
            float[] cls = features(backend, step, Readout.cls());
            float[] logits = features(backend, step, Readout.logits(TINY.head()));
            float[] both = features(backend, step, Readout.joined(Readout.cls(), Readout.logits(TINY.head())));
            int width = cls.length / IMAGES;
            int count = logits.length / IMAGES;
            assertEquals(IMAGES * (width + count), both.length);
            for (int image = 0; image < IMAGES; image++) {
                int row = image * (width + count);
                assertArrayEquals(
                        Arrays.copyOfRange(cls, image * width, (image + 1) * width),
                        Arrays.copyOfRange(both, row, row + width));
                assertArrayEquals(
                        Arrays.copyOfRange(logits, image * count, (image + 1) * count),
                        Arrays.copyOfRange(both, row + width, row + width + count));
            }
        }
    }

    @Test
    void onlyLogitsNeedTheHead() {
        ModelConfig model = TINY.model();
        assertEquals(
                NetworkParameters.backbone(model).elements(),
                Readout.cls().parameters(model).elements());
        assertEquals(
                NetworkParameters.teacher(model, TINY.head()).elements(),
                Readout.joined(Readout.patchMean(), Readout.logits(TINY.head()))
                        .parameters(model)
                        .elements());
    }
}
