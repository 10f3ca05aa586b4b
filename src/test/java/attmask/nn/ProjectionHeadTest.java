package attmask.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.GradientCheck;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProjectionHeadTest {
    private static final Backend BACKEND = Backends.REFERENCE;
    private static final int WIDTH = 12;
    private static final int CAPACITY = 9;
    private static final int CLS = 2;
    private static final int PATCHES = 3;

    /** A head with room for nine rows and random weights, its input, logits and their gradients. */
    private static final class Fixture implements AutoCloseable {
        private final Arena arena = new Arena("head");
        private final ProjectionHead head;
        private final Tensor x;
        private final Tensor dx;
        private final Tensor cls;
        private final Tensor patch;

        Fixture(boolean shared, boolean trained) {
            ModelConfig model = new ModelConfig(new Size(8, 12), 4, WIDTH, 1, 3, 2, 0);
            HeadConfig config = new HeadConfig(14, 8, 10, 10, shared, false);
            ParameterLayout layout = NetworkParameters.teacher(model, config);
            Parameters weights = new Parameters(layout, arena, BACKEND);
            Parameters gradients = trained ? new Parameters(layout, arena, BACKEND) : null;
            head = new ProjectionHead(new Weights(BACKEND, weights, gradients, arena), config, CAPACITY, arena);
            x = arena.tensor(DType.F64, CAPACITY, WIDTH);
            dx = arena.tensor(DType.F64, CAPACITY, WIDTH);
            cls = arena.tensor(DType.F64, CAPACITY, 10);
            patch = arena.tensor(DType.F64, CAPACITY, 10);
            arena.allocate(BACKEND::allocate);
            weights.initialize(BACKEND, 1);
            for (Parameter parameter : layout.parameters()) {
                if (parameter.name().startsWith("head.mlp")) {
                    double[] values =
                            Trial.normal(parameter.name(), parameter.segment().length());
                    BACKEND.write(weights.get(parameter.name()), values);
                }
            }
            BACKEND.write(x, Trial.normal("x", CAPACITY * WIDTH));
            head.prepare();
        }

        /** [CLS] logits of the first rows, patch logits of those that follow. */
        void forward(int clsRows, int patchRows) {
            Tensor z = head.bottleneck(x.rows(0, clsRows + patchRows));
            head.clsLogits(cls.rows(0, clsRows), z.rows(0, clsRows));
            head.patchLogits(patch.rows(0, patchRows), z.rows(clsRows, patchRows));
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private static double[] read(Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        BACKEND.read(tensor, values);
        return values;
    }

    @Test
    void bottleneckHasLengthOneAndLogitsAreCosines() {
        try (Fixture f = new Fixture(true, false)) {
            double[] z = read(f.head.bottleneck(f.x));
            for (int row = 0; row < CAPACITY; row++) {
                double[] one = Arrays.copyOfRange(z, row * 8, (row + 1) * 8);
                Tolerance.of(DType.F64, 8, 1)
                        .check("|z|²", 1, Arrays.stream(one).map(v -> v * v).sum());
            }
            f.forward(CAPACITY, 0);
            // Gains start at 1.
            assertTrue(Arrays.stream(read(f.cls)).allMatch(v -> Math.abs(v) <= 1 + 1e-12));
        }
    }

    @Test
    void sharedHeadsGiveTheSameLogitsTwoHeadsDoNot() {
        for (boolean shared : new boolean[] {true, false}) {
            try (Fixture f = new Fixture(shared, false)) {
                Tensor z = f.head.bottleneck(f.x);
                f.head.clsLogits(f.cls, z);
                f.head.patchLogits(f.patch, z);
                assertEquals(shared, Arrays.equals(read(f.cls), read(f.patch)));
            }
        }
    }

    /** Fewer rows than there is room for, or a teacher's reused buffers: the same numbers. */
    @Test
    void rowsAreIndependent() {
        try (Fixture student = new Fixture(false, true);
                Fixture teacher = new Fixture(false, false)) {
            student.forward(CAPACITY, 0);
            double[] all = read(student.cls);
            student.forward(CLS, PATCHES);
            assertArrayEquals(Arrays.copyOf(all, CLS * 10), read(student.cls.rows(0, CLS)));
            teacher.forward(CAPACITY, 0);
            assertArrayEquals(all, read(teacher.cls));
        }
    }

    /** The gradient of the input against central differences; the weights' are checked with the whole step. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void inputGradient(boolean shared) {
        try (Fixture f = new Fixture(shared, true)) {
            double[] dcls = Trial.normal("dcls", CLS * 10);
            double[] dpatch = Trial.normal("dpatch", PATCHES * 10);
            int rows = CLS + PATCHES;
            f.forward(CLS, PATCHES);
            BACKEND.write(f.cls.rows(0, CLS), dcls);
            BACKEND.write(f.patch.rows(0, PATCHES), dpatch);
            f.head.backward(f.dx.rows(0, rows), f.cls.rows(0, CLS), f.patch.rows(0, PATCHES), f.x.rows(0, rows));
            double[] actual = read(f.dx.rows(0, rows));

            double[] x = read(f.x);
            double[] expected = new double[actual.length];
            for (int i = 0; i < expected.length; i++) {
                int element = i;
                expected[i] = GradientCheck.derivative(
                        value -> {
                            double[] moved = x.clone();
                            moved[element] = value;
                            BACKEND.write(f.x, moved);
                            f.forward(CLS, PATCHES);
                            return dot(dcls, read(f.cls.rows(0, CLS))) + dot(dpatch, read(f.patch.rows(0, PATCHES)));
                        },
                        x[i],
                        1e-3);
            }
            // As for one op: truncation of 0.01·h⁴·L⁽⁵⁾, roundings of 1e-16·L/h.
            new Tolerance(1e-8, 1e-8).check("dx", expected, actual);
            assertFalse(Arrays.stream(actual).anyMatch(g -> g == 0));
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
