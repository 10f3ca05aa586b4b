package attmask.masking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.MaskConfig;
import attmask.config.MaskStrategy;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.UniformRealDistribution;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;

class RatioLawTest {
    private static final int DRAWS = 4000;
    /** A right program fails for one seed in a thousand, in each test. */
    private static final double SIGNIFICANCE = 1e-3;

    private static double[] draw(List<Double> ratio, List<Double> variation) {
        RatioLaw law = new RatioLaw(new MaskConfig(MaskStrategy.BLOCK, ratio, variation, 0.5, 0.1, 0, -1));
        return IntStream.range(0, DRAWS)
                .mapToDouble(i -> law.draw(new RandomStream(7, Purpose.MASK_RATIO, 0, i)))
                .toArray();
    }

    @Test
    void isUniformWithinTheVariation() {
        double[] ratios = draw(List.of(0.3), List.of(0.2));
        double p = new KolmogorovSmirnovTest().kolmogorovSmirnovTest(new UniformRealDistribution(0.1, 0.5), ratios);
        assertTrue(p > SIGNIFICANCE, "p " + p);
    }

    @Test
    void isFixedWithoutVariation() {
        for (double ratio : draw(List.of(0.75), List.of(0.0))) {
            assertEquals(0.75, ratio);
        }
    }

    @Test
    void choosesAmongTheEntriesEvenly() {
        double[] ratios = draw(List.of(0.0, 0.3), List.of(0.0, 0.2));
        int unmasked = (int) Arrays.stream(ratios).filter(r -> r == 0).count();
        double p = new BinomialTest().binomialTest(DRAWS, unmasked, 0.5, AlternativeHypothesis.TWO_SIDED);
        assertTrue(p > SIGNIFICANCE, "p " + p);
        double[] others = Arrays.stream(ratios).filter(r -> r != 0).toArray();
        p = new KolmogorovSmirnovTest().kolmogorovSmirnovTest(new UniformRealDistribution(0.1, 0.5), others);
        assertTrue(p > SIGNIFICANCE, "p " + p);
    }

    @Test
    void staysWithinZeroAndOne() {
        for (double ratio : draw(List.of(0.1, 0.9), List.of(0.1, 0.1))) {
            assertTrue(ratio >= 0 && ratio <= 1);
        }
    }
}
