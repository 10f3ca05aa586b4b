package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Trial;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EncoderTest {
    private static final int BATCH = 2;
    private static final int WIDTH = 12;

    private static ModelConfig model(int depth) {
        return new ModelConfig(new Size(8, 12), 4, WIDTH, depth, 3, 2, 0);
    }

    private static float[] features(Backend backend, int depth, int blocks) {
        return features(backend, depth, Readout.cls(blocks));
    }

    /** Features of a network of three blocks that is cut down to its first {@code depth}. */
    private static float[] features(Backend backend, int depth, Readout.Plan readout) {
        try (Arena arena = new Arena("weights")) {
            Parameters whole = new Parameters(NetworkParameters.backbone(model(3)), arena, backend);
            Parameters weights = new Parameters(NetworkParameters.backbone(model(depth)), arena, backend);
            arena.allocate(backend::allocate);
            whole.initialize(backend, 1);
            weights.layout().parameters().forEach(p -> backend.copy(weights.get(p.name()), whole.get(p.name())));
            try (Encoder encoder = new Encoder(backend, model(depth), weights, BATCH, readout).allocate()) {
                double[] noise = Trial.normal("pixels", BATCH * 3 * 8 * 12);
                float[] pixels = new float[noise.length];
                for (int i = 0; i < noise.length; i++) {
                    pixels[i] = (float) noise[i];
                }
                float[] features = new float[BATCH * encoder.featureWidth()];
                encoder.features(pixels, features);
                return features;
            }
        }
    }

    /** The [CLS] after block n of a network is what the network of the first n blocks gives. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void theLastBlocksSideBySideEarliestFirst(Subject subject) {
        float[] two = features(subject.backend(), 3, 2);
        assertEquals(BATCH * 2 * WIDTH, two.length);
        float[] second = features(subject.backend(), 2, 1);
        float[] third = features(subject.backend(), 3, 1);
        assertArrayEquals(features(subject.backend(), 3, Readout.cls()), third, "of one block");
        for (int image = 0; image < BATCH; image++) {
            int from = image * 2 * WIDTH;
            assertArrayEquals(
                    Arrays.copyOfRange(second, image * WIDTH, (image + 1) * WIDTH),
                    Arrays.copyOfRange(two, from, from + WIDTH),
                    "block 2 of image " + image);
            assertArrayEquals(
                    Arrays.copyOfRange(third, image * WIDTH, (image + 1) * WIDTH),
                    Arrays.copyOfRange(two, from + WIDTH, from + 2 * WIDTH),
                    "block 3 of image " + image);
        }
    }

    @Test
    void blocksThatTheModelLacksAreRefused() {
        for (int blocks : new int[] {0, 4}) {
            String message = assertThrows(
                            UserException.class, () -> features(attmask.testkit.Backends.REFERENCE, 3, blocks))
                    .getMessage();
            assertEquals(1, message.lines().count(), message);
        }
    }
}
