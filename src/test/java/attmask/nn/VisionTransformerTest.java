package attmask.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.stat.StatUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VisionTransformerTest {
    private static final Crops GLOBALS = new Crops(2, TinyVit.GLOBAL);
    private static final Crops LOCALS = new Crops(3, TinyVit.LOCAL);
    private static final TokenLayout BOTH = TokenLayout.of(GLOBALS, LOCALS);

    /** Some hundred roundings of numbers of order one, in double precision. */
    private static final Tolerance ROUNDINGS = new Tolerance(1e-12, 1e-12);

    /** Crops of two sizes packed into one matrix give what each gives on its own, gradients included. */
    @Test
    void packedEqualsSeparate() {
        Backend backend = Backends.REFERENCE;
        try (TinyVit packed = new TinyVit(backend, true, BOTH, "globals", "locals");
                TinyVit globals = new TinyVit(backend, true, TokenLayout.of(GLOBALS), "globals");
                TinyVit locals = new TinyVit(backend, true, TokenLayout.of(LOCALS), "locals")) {
            double[] tokens = packed.forward(true);
            assertArrayEquals(concatenate(globals.forward(true), locals.forward(false)), tokens);

            double[] upstream = Trial.normal("upstream", tokens.length);
            int split = GLOBALS.rows() * TinyVit.WIDTH;
            double[] sum = globals.backward(Arrays.copyOf(upstream, split));
            double[] other = locals.backward(Arrays.copyOfRange(upstream, split, upstream.length));
            Arrays.setAll(sum, i -> sum[i] + other[i]);
            ROUNDINGS.check("gradients", sum, packed.backward(upstream));
        }
    }

    /** The teacher's shared activations change nothing. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void untrainedEqualsTrained(Subject subject) {
        try (TinyVit student = new TinyVit(subject.backend(), true, BOTH, "globals", "locals");
                TinyVit teacher = new TinyVit(subject.backend(), false, BOTH, "globals", "locals")) {
            assertArrayEquals(student.forward(false), teacher.forward(false));
        }
    }

    /** What lies under a mask cannot be seen; what lies beside it can; local crops are never masked. */
    @Test
    void maskedPixelsAreNotSeen() {
        Backend backend = Backends.REFERENCE;
        try (TinyVit tiny = new TinyVit(backend, true, BOTH, "globals", "locals")) {
            double[] masked = tiny.forward(true);
            double[] whole = tiny.forward(false);
            int split = GLOBALS.rows() * TinyVit.WIDTH;
            assertFalse(Arrays.equals(Arrays.copyOf(masked, split), Arrays.copyOf(whole, split)));
            assertArrayEquals(
                    Arrays.copyOfRange(whole, split, whole.length), Arrays.copyOfRange(masked, split, whole.length));
            // Patch 1 of the first image is masked: pixels 4..7 of the first rows; patch 0 is not.
            paint(tiny, 5);
            assertArrayEquals(masked, tiny.forward(true));
            paint(tiny, 1);
            assertFalse(Arrays.equals(masked, tiny.forward(true)));
        }
    }

    private static void paint(TinyVit tiny, int column) {
        double[] pixels = TinyVit.read(tiny.backend, tiny.images.get(0));
        pixels[column] += 10;
        tiny.backend.write(tiny.images.get(0), pixels);
    }

    /** Images do not see each other: each alone gives its rows. */
    @Test
    void imagesAreIndependent() {
        Backend backend = Backends.REFERENCE;
        try (TinyVit both = new TinyVit(backend, false, TokenLayout.of(GLOBALS), "globals");
                TinyVit one = new TinyVit(backend, false, TokenLayout.of(new Crops(1, TinyVit.GLOBAL)), "one")) {
            double[] tokens = both.forward(false);
            double[] pixels = TinyVit.read(backend, both.images.get(0));
            for (int image = 0; image < 2; image++) {
                int size = pixels.length / 2;
                backend.write(one.images.get(0), Arrays.copyOfRange(pixels, image * size, (image + 1) * size));
                int rows = tokens.length / 2;
                assertArrayEquals(Arrays.copyOfRange(tokens, image * rows, (image + 1) * rows), one.forward(false));
            }
        }
    }

    /** The tap sees every block's attention, whose rows are distributions over the first group's tokens. */
    @Test
    void tapSeesTheAttention() {
        Backend backend = Backends.REFERENCE;
        List<Integer> layers = new ArrayList<>();
        try (TinyVit tiny = new TinyVit(backend, false, BOTH, "globals", "locals")) {
            tiny.vit.forward(tiny.images, null, (layer, qkv, logSumExp) -> {
                layers.add(layer);
                try (Arena arena = new Arena("probabilities")) {
                    Tensor p = arena.tensor(backend.real(), 2, 3, 7, 7);
                    arena.allocate(backend::allocate);
                    backend.attention().probabilities(p, qkv, logSumExp);
                    double[] values = TinyVit.read(backend, p);
                    for (int row = 0; row < values.length; row += 7) {
                        ROUNDINGS.check("sum of row", 1, StatUtils.sum(values, row, 7));
                    }
                }
            });
        }
        assertEquals(List.of(0, 1), layers);
    }

    /** The final norm of another block's rows, taken on the way, does not touch what forward returns. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void tapNormalisesOnItsOwn(Subject subject) {
        Backend backend = subject.backend();
        try (TinyVit tiny = new TinyVit(backend, false, BOTH, "globals", "locals");
                Arena arena = new Arena("rows")) {
            Tensor own = arena.tensor(backend.activation(), 5, TinyVit.WIDTH);
            arena.allocate(backend::allocate);
            double[] expected = tiny.forward(false);
            List<double[]> taken = new ArrayList<>();
            Tensor tokens = tiny.vit.forward(tiny.images, null, (layer, qkv, logSumExp) -> {
                tiny.vit.normalise(own, tiny.vit.afterBlock(layer).rows(2, 5));
                taken.add(TinyVit.read(backend, own));
            });
            assertArrayEquals(expected, TinyVit.read(backend, tokens));
            assertArrayEquals(Arrays.copyOfRange(expected, 2 * TinyVit.WIDTH, 7 * TinyVit.WIDTH), taken.get(1));
            assertFalse(Arrays.equals(taken.get(0), taken.get(1)));
        }
    }

    private static double[] concatenate(double[] a, double[] b) {
        double[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }
}
