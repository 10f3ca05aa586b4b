package attmask.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.random.RandomStream.Purpose;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.RealDistribution;
import org.apache.commons.math3.distribution.UniformRealDistribution;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.apache.commons.math3.stat.inference.ChiSquareTest;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
    private static final int DRAWS = 10_000;

    /** The streams are fixed, so a test passes always or never; a sound generator fails one with this probability. */
    private static final double SIGNIFICANCE = 1e-4;

    private static RandomStream stream(int a) {
        return new RandomStream(1, Purpose.TEST, a, 0);
    }

    @Test
    void aNameIsAStream() {
        assertArrayEquals(words(stream(3)), words(stream(3)));
    }

    @Test
    void everyPartOfTheNameCounts() {
        Set<Integer> firsts = new HashSet<>();
        firsts.add(new RandomStream(1, Purpose.TEST, 0, 0).nextWord());
        firsts.add(new RandomStream(2, Purpose.TEST, 0, 0).nextWord());
        firsts.add(new RandomStream(1L << 40, Purpose.TEST, 0, 0).nextWord());
        firsts.add(new RandomStream(1, Purpose.INIT, 0, 0).nextWord());
        firsts.add(new RandomStream(1, Purpose.TEST, 1, 0).nextWord());
        firsts.add(new RandomStream(1, Purpose.TEST, 0, 1).nextWord());
        assertEquals(6, firsts.size());
    }

    /** Ordinals are part of every run's numbers: a new purpose goes to the end. */
    @Test
    void purposesKeepTheirPlaces() {
        assertEquals(
                "[INIT, SHUFFLE, AUGMENT, MASK_RATIO, MASK_COIN, MASK_REVEAL, MASK_PLACE, DROP_PATH, SHAPES, TEST]",
                Arrays.toString(Arrays.copyOf(Purpose.values(), 10)));
    }

    /** Block n of the stream is Philox at counter (n, a, b, purpose): what a GPU kernel computes too. */
    @Test
    void wordsAreThoseOfPhilox() {
        RandomStream stream = new RandomStream(0x123456789abcdefL, Purpose.AUGMENT, 7, 8);
        int[] block = new int[4];
        for (int n = 0; n < 3; n++) {
            Philox.words(block, 0x123456789abcdefL, n, 7, 8, Purpose.AUGMENT.ordinal());
            for (int word : block) {
                assertEquals(word, stream.nextWord());
            }
        }
    }

    @Test
    void distributions() {
        RandomStream stream = stream(0);
        check(new UniformRealDistribution(0, 1), IntStream.range(0, DRAWS).mapToDouble(i -> stream.nextUnit()));
        check(new UniformRealDistribution(0, 1), IntStream.range(0, DRAWS).mapToDouble(i -> stream.nextDouble()));
        check(new UniformRealDistribution(-2, 3), IntStream.range(0, DRAWS).mapToDouble(i -> stream.uniform(-2, 3)));
        check(new NormalDistribution(0, 1), IntStream.range(0, DRAWS).mapToDouble(i -> stream.nextGaussian()));
    }

    private static void check(RealDistribution law, DoubleStream draws) {
        double p = new KolmogorovSmirnovTest().kolmogorovSmirnovTest(law, draws.toArray());
        assertTrue(p > SIGNIFICANCE, law + ": p " + p);
    }

    /** Streams of neighbouring images, or of one image in neighbouring epochs, are unrelated. */
    @Test
    void neighboursAreUncorrelated() {
        RandomStream one = new RandomStream(1, Purpose.AUGMENT, 5, 100);
        for (RandomStream other : new RandomStream[] {
            new RandomStream(1, Purpose.AUGMENT, 5, 101),
            new RandomStream(1, Purpose.AUGMENT, 6, 100),
            new RandomStream(2, Purpose.AUGMENT, 5, 100),
            new RandomStream(1, Purpose.SHUFFLE, 5, 100)
        }) {
            double[] x =
                    IntStream.range(0, DRAWS).mapToDouble(i -> one.nextDouble()).toArray();
            double[] y = IntStream.range(0, DRAWS)
                    .mapToDouble(i -> other.nextDouble())
                    .toArray();
            // The correlation of unrelated numbers has deviation 1/√n.
            double correlation = new PearsonsCorrelation().correlation(x, y);
            assertTrue(Math.abs(correlation) < 4 / Math.sqrt(DRAWS), "correlation " + correlation);
        }
    }

    @Test
    void chance() {
        RandomStream stream = stream(1);
        int hits =
                (int) IntStream.range(0, DRAWS).filter(i -> stream.chance(0.3)).count();
        double p = new BinomialTest().binomialTest(DRAWS, hits, 0.3, AlternativeHypothesis.TWO_SIDED);
        assertTrue(p > SIGNIFICANCE, hits + " hits, p " + p);
        assertEquals(0, IntStream.range(0, DRAWS).filter(i -> stream.chance(0)).count());
        assertEquals(
                DRAWS, IntStream.range(0, DRAWS).filter(i -> stream.chance(1)).count());
    }

    /** All 24 orders of four things are equally likely. */
    @Test
    void permutations() {
        RandomStream stream = stream(2);
        long[] seen = new long[256];
        for (int i = 0; i < DRAWS; i++) {
            int[] order = stream.permutation(4);
            seen[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
        }
        long[] counts = Arrays.stream(seen).filter(n -> n > 0).toArray();
        assertEquals(24, counts.length);
        double[] equal = new double[24];
        Arrays.fill(equal, DRAWS / 24.0);
        double p = new ChiSquareTest().chiSquareTest(equal, counts);
        assertTrue(p > SIGNIFICANCE, "p " + p);
        assertEquals(0, stream.permutation(0).length);
    }

    @Test
    void cannotBeReseeded() {
        RandomStream stream = stream(0);
        assertThrows(UnsupportedOperationException.class, () -> stream.setSeed(1));
        assertThrows(UnsupportedOperationException.class, () -> stream.setSeed(1L));
        assertThrows(UnsupportedOperationException.class, () -> stream.setSeed(new int[] {1}));
        assertNotEquals(stream(1).nextWord(), stream.nextWord());
    }

    private static int[] words(RandomStream stream) {
        return IntStream.range(0, 9).map(i -> stream.nextWord()).toArray();
    }
}
