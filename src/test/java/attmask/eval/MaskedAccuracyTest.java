package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.LinearHead;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.data.Augmentation;
import attmask.data.ImageSource;
import attmask.data.ReadableImages;
import attmask.data.RgbImage;
import attmask.eval.MaskedAccuracy.Row;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Trial;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MaskedAccuracyTest {
    private static final ModelConfig MODEL = new ModelConfig(Size.square(12), 4, 12, 2, 3, 2, 0);
    private static final int PATCHES = 9;
    private static final int BATCH = 4;
    private static final List<String> CLASSES = List.of("a", "b", "c", "d", "e");

    private final Arena arena = new Arena("weights");
    private Encoder encoder;

    private Encoder encoder(Backend backend) {
        Parameters weights = new Parameters(NetworkParameters.backbone(MODEL), arena, backend);
        arena.allocate(backend::allocate);
        for (Parameter parameter : weights.layout().parameters()) {
            double[] values = Trial.normal(parameter.name(), parameter.segment().length());
            Arrays.setAll(values, i -> 0.5 * values[i]);
            backend.write(weights.get(parameter.name()), values);
        }
        encoder = new Encoder(backend, MODEL, weights, BATCH, Readout.cls(2)).allocate();
        return encoder;
    }

    @AfterEach
    void close() {
        if (encoder != null) {
            encoder.close();
        }
        arena.close();
    }

    /** Six images of noise, the size of the model's. */
    private record Noise(int[] labels) implements ImageSource {
        @Override
        public int size() {
            return 6;
        }

        @Override
        public int label(int index) {
            return labels[index];
        }

        @Override
        public String name(int index) {
            return "noise-" + index;
        }

        @Override
        public RgbImage image(int index) {
            RgbImage image = RgbImage.black(12, 12);
            new RandomStream(4, Purpose.TEST, index, 0).nextBytes(image.rgb());
            return image;
        }

        @Override
        public List<String> classes() {
            return CLASSES;
        }
    }

    private static LinearHead head(int width) {
        double[] weight = Trial.normal("head", CLASSES.size() * width);
        float[] floats = new float[weight.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) weight[i];
        }
        return new LinearHead(2, CLASSES, floats, new float[CLASSES.size()]);
    }

    /** What the head says to an image whose {@code hidden} most attended patches are black before it is normalised. */
    private int answer(RgbImage image, int hidden, LinearHead head) {
        double[] attention = Arrays.copyOf(encoder.attention(batch(image), 1), PATCHES);
        RgbImage black = new RgbImage(12, 12, image.rgb().clone());
        for (int n = 0; n < hidden; n++) {
            int most = 0;
            for (int i = 1; i < PATCHES; i++) {
                most = attention[i] > attention[most] ? i : most;
            }
            attention[most] = -1;
            for (int y = 0; y < 4; y++) {
                int row = ((most / 3 * 4 + y) * 12 + most % 3 * 4) * 3;
                Arrays.fill(black.rgb(), row, row + 12, (byte) 0);
            }
        }
        float[] features = new float[BATCH * encoder.featureWidth()];
        encoder.features(batch(black), features);
        int best = 0;
        double highest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < CLASSES.size(); c++) {
            double logit = 0;
            for (int i = 0; i < head.width(); i++) {
                logit += head.weight()[c * head.width() + i] * features[i];
            }
            if (logit > highest) {
                highest = logit;
                best = c;
            }
        }
        return best;
    }

    private static float[] batch(RgbImage image) {
        return Arrays.copyOf(Augmentation.normalise(image), BATCH * 3 * 12 * 12);
    }

    /** With the answers to images masked by hand as labels, that share is all right, and others are not. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void hidesTheMostAttendedPatches(Subject subject) {
        Encoder used = encoder(subject.backend());
        LinearHead head = head(used.featureWidth());
        List<Double> shares = List.of(0.0, 0.34);
        int[] hidden = {0, 3};
        try (MaskedAccuracy accuracy = new MaskedAccuracy(subject.backend(), used, head)) {
            for (int i = 0; i < hidden.length; i++) {
                int[] labels = new int[6];
                for (int image = 0; image < 6; image++) {
                    labels[image] = answer(new Noise(labels).image(image), hidden[i], head);
                }
                int[] done = {0};
                List<Row> rows =
                        accuracy.evaluate(new ReadableImages(new Noise(labels)), shares, 2, count -> done[0] = count);
                assertEquals(new Row(shares.get(i), hidden[i], 100), rows.get(i));
                assertTrue(rows.stream().anyMatch(row -> row.top1() < 100), "labels that any share gets right");
                assertEquals(6, done[0]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void aHeadOfOtherFeaturesIsRefused(Subject subject) {
        Encoder used = encoder(subject.backend());
        String message = assertThrows(UserException.class, () -> new MaskedAccuracy(subject.backend(), used, head(12)))
                .getMessage();
        assertTrue(message.contains("12 features") && message.contains("24"), message);
    }
}
