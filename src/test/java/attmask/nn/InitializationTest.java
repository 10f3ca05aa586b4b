package attmask.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.ops.Backend;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.UniformRealDistribution;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;

class InitializationTest {
    private static final int COUNT = 10_000;
    private static final Backend BACKEND = Backends.REFERENCE;

    /** The streams are fixed; sound draws would fail with this probability. */
    private static final double SIGNIFICANCE = 1e-4;

    private static double[] draw(Initialization initialization) {
        float[] values = initialization.draw(COUNT, new RandomStream(1, Purpose.TEST, 0, 0));
        return IntStream.range(0, COUNT).mapToDouble(i -> values[i]).toArray();
    }

    /** F(x) = (Φ(x/σ) − Φ(−2)) / (Φ(2) − Φ(−2)) makes the draws uniform. */
    @Test
    void truncatedNormal() {
        double[] values = draw(new Initialization.TruncatedNormal());
        NormalDistribution normal = new NormalDistribution();
        double low = normal.cumulativeProbability(-2);
        double[] uniform = Arrays.stream(values)
                .map(x -> (normal.cumulativeProbability(x / 0.02) - low) / (1 - 2 * low))
                .toArray();
        assertUniform(0, 1, uniform);
    }

    @Test
    void uniformByFanIn() {
        assertUniform(-0.25, 0.25, draw(new Initialization.Uniform(16)));
    }

    private static void assertUniform(double from, double to, double[] values) {
        assertTrue(Arrays.stream(values).allMatch(x -> x >= from && x <= to), "outside the bounds");
        double p = new KolmogorovSmirnovTest().kolmogorovSmirnovTest(new UniformRealDistribution(from, to), values);
        assertTrue(p > SIGNIFICANCE, "p " + p);
    }

    @Test
    void constant() {
        assertTrue(Arrays.stream(draw(new Initialization.Constant(3))).allMatch(x -> x == 3));
    }

    /** What each parameter starts with, and that no two start alike. */
    @Test
    void networkStart() {
        ModelConfig model = new ModelConfig(new Size(8, 12), 4, 12, 2, 3, 4, 0);
        HeadConfig head = new HeadConfig(16, 8, 10, 10, true, true);
        try (Arena arena = new Arena("test")) {
            Parameters student = new Parameters(NetworkParameters.student(model, head), arena, BACKEND);
            Parameters teacher = new Parameters(NetworkParameters.teacher(model, head), arena, BACKEND);
            arena.allocate(BACKEND::allocate);
            student.initialize(BACKEND, 5);
            teacher.initialize(BACKEND, 5);
            assertConstant(0, student, "blocks.0.attn.qkv.bias", "norm.bias", "head.mlp.2.bias", "masked_embed");
            assertConstant(1, student, "norm.weight", "blocks.1.norm2.weight", "head.last_layer.weight_g");
            assertWithin(0.04, student, "blocks.0.attn.qkv.weight", "cls_token", "pos_embed", "head.mlp.0.weight");
            assertWithin(1 / Math.sqrt(48), student, "patch_embed.proj.weight", "patch_embed.proj.bias");
            assertWithin(1 / Math.sqrt(8), student, "head.last_layer.weight_v");
            assertNotEquals(
                    read(student.get("blocks.0.attn.proj.weight"))[0],
                    read(student.get("blocks.1.attn.proj.weight"))[0]);
            for (Parameter parameter : teacher.layout().parameters()) {
                assertArrayEquals(
                        read(student.get(parameter.name())), read(teacher.get(parameter.name())), parameter.name());
            }
        }
    }

    private static void assertConstant(double value, Parameters parameters, String... names) {
        for (String name : names) {
            assertTrue(Arrays.stream(read(parameters.get(name))).allMatch(x -> x == value), name);
        }
    }

    /** Draws reach at least half of the bound they keep. */
    private static void assertWithin(double bound, Parameters parameters, String... names) {
        for (String name : names) {
            double largest = Arrays.stream(read(parameters.get(name)))
                    .map(Math::abs)
                    .max()
                    .orElseThrow();
            assertEquals(0.75 * bound, largest, 0.26 * bound, name);
        }
    }

    private static double[] read(Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        BACKEND.read(tensor, values);
        return values;
    }
}
