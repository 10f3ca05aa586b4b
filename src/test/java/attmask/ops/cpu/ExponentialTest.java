package attmask.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ExponentialTest {
    @BeforeAll
    static void load() {
        OneDnn.load();
    }

    /** Two ulps of a 24-bit float: one from the polynomial and the reduction, one from the last product. */
    @Test
    void isWithinTwoUlpsOfExp() {
        float[] x = new float[500_003];
        for (int i = 0; i < x.length; i++) {
            x[i] = -87.3f + i * (175.3f / x.length);
        }
        float[] actual = x.clone();
        apply(actual, 0, actual.length);
        for (int i = 0; i < x.length; i++) {
            double expected = Math.exp(x[i]);
            assertTrue(Math.abs(actual[i] - expected) <= 0x1p-22 * expected, x[i] + ": " + actual[i]);
        }
    }

    @Test
    void specialValues() {
        float[] x = {0f, -0f, -1000f, Float.NEGATIVE_INFINITY, Float.NaN, -1e-30f};
        apply(x, 0, x.length);
        assertEquals(1f, x[0]);
        assertEquals(1f, x[1]);
        assertTrue(x[2] >= 0 && x[2] <= 1.3e-38f);
        assertTrue(x[3] >= 0 && x[3] <= 1.3e-38f);
        assertTrue(Float.isNaN(x[4]));
        assertEquals(1f, x[5]);
    }

    @Test
    void leavesTheRestOfTheArray() {
        float[] x = new float[5000];
        apply(x, 1, 4097);
        for (int i = 0; i < x.length; i++) {
            assertEquals(i >= 1 && i < 4098 ? 1f : 0f, x[i]);
        }
    }

    private static void apply(float[] x, int from, int count) {
        try (Exponential exponential = new Exponential()) {
            exponential.apply(x, from, count);
        }
    }
}
