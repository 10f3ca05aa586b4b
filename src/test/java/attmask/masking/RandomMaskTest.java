package attmask.masking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.Arrays;
import org.apache.commons.math3.distribution.ChiSquaredDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomMaskTest {
    private static RandomStream stream(int draw) {
        return new RandomStream(12, Purpose.MASK_PLACE, 1, draw);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 36, 197})
    void hidesExactlyTheWholePart(int tokens) {
        for (double ratio : new double[] {0, 0.1, 0.2999, 0.3, 0.5, 0.75, 1}) {
            assertEquals((int) (ratio * tokens), BlockMaskTest.count(RandomMask.draw(tokens, ratio, stream(0))));
        }
    }

    /**
     * Every token is hidden equally often. A token's variance in one mask is r(1 − r), and the fixed number of hidden
     * tokens takes one degree of freedom: Σ (n − Dr)² / (Dr(1 − r)) · (T − 1)/T is chi-square with T − 1 of them. A right
     * program fails for one seed in a thousand.
     */
    @Test
    void everyTokenHasTheSameChance() {
        int draws = 4000;
        MaskSample sample = MaskSample.of(40, draws, i -> RandomMask.draw(40, 0.5, stream(i)));
        double expected = 0.5 * draws;
        double statistic = Arrays.stream(sample.frequency())
                .map(f -> (f * draws - expected) * (f * draws - expected) / (expected * 0.5) * 39 / 40)
                .sum();
        double p = 1 - new ChiSquaredDistribution(39).cumulativeProbability(statistic);
        assertTrue(p > 1e-3, "p " + p);
    }

    @Test
    void theStreamDecidesEverything() {
        assertArrayEquals(RandomMask.draw(50, 0.4, stream(3)), RandomMask.draw(50, 0.4, stream(3)));
        assertThrows(IllegalArgumentException.class, () -> RandomMask.draw(4, -0.1, stream(0)));
    }
}
