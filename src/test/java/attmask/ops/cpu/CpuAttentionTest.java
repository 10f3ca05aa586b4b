package attmask.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ops.Attention;
import attmask.ops.Backend;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.Trial;
import attmask.testkit.Trial.Result;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of log-sum-exp where scores lie far apart, and where one is not a number. */
class CpuAttentionTest {
    private static final int IMAGES = 2;
    private static final int HEADS = 2;
    private static final int WIDTH = 8;

    private static Consumer<Trial> program(double[] packed, int tokens) {
        return trial -> {
            Attention op = trial.backend().attention();
            Tensor qkv = trial.real("qkv", packed, IMAGES * tokens, 3 * HEADS * WIDTH);
            Tensor out = trial.realOutput("out", IMAGES * tokens, HEADS * WIDTH);
            Tensor logSumExp = trial.realOutput("log-sum-exp", IMAGES, HEADS, tokens);
            op.forward(out, logSumExp, qkv);
            Tensor dout = trial.real("dout", IMAGES * tokens, HEADS * WIDTH);
            op.backward(trial.realOutput("dqkv", IMAGES * tokens, 3 * HEADS * WIDTH), dout, qkv, out, logSumExp);
        };
    }

    private static double[] normal(int tokens, double deviation) {
        return Arrays.stream(Trial.normal("qkv", IMAGES * tokens * 3 * HEADS * WIDTH))
                .map(v -> (float) (deviation * v))
                .toArray();
    }

    /**
     * Scores of deviation 900, nearly all of the probability on one. The bound, 2⁻²¹ of the largest score for its sum of
     * eight products, is about four times what is seen.
     */
    @ParameterizedTest
    @ValueSource(ints = {2, 17, 65, 197})
    void logSumExpOfScoresFarApart(int tokens) {
        Consumer<Trial> program = program(normal(tokens, 30), tokens);
        double[] expected = Trial.run(Backends.REFERENCE, program).values("log-sum-exp");
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        try (Backend cpu = new CpuBackend(2)) {
            double[] actual = Trial.run(cpu, program).values("log-sum-exp");
            for (int i = 0; i < expected.length; i++) {
                double difference = Math.abs(actual[i] - expected[i]);
                assertTrue(difference <= 0x1p-21 * largest, i + ": " + actual[i] + ", not " + expected[i]);
            }
        }
    }

    /** Nothing that comes of it may look like a number. */
    @ParameterizedTest
    @ValueSource(ints = {2, 17, 65, 197})
    void aNaNQueryShows(int tokens) {
        int row = tokens - 1;
        double[] packed = normal(tokens, 1);
        packed[row * 3 * HEADS * WIDTH] = Double.NaN;
        try (Backend cpu = new CpuBackend(2)) {
            Result result = Trial.run(cpu, program(packed, tokens));
            assertFalse(Double.isFinite(result.values("log-sum-exp")[row]));
            for (int e = 0; e < WIDTH; e++) {
                assertFalse(Double.isFinite(result.values("out")[row * HEADS * WIDTH + e]), "out " + e);
                assertFalse(Double.isFinite(result.values("dqkv")[row * 3 * HEADS * WIDTH + e]), "dq " + e);
            }
            assertTrue(Double.isFinite(result.values("out")[0]));
        }
    }
}
