package attmask.masking;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.stat.inference.ChiSquareTest;

/**
 * Many masks of one law, summed up so that two programs can be compared.
 *
 * @param frequency (T) share of the masks that hide each token
 * @param counts (draws) tokens that each mask hides, in any order
 */
public record MaskSample(double[] frequency, int[] counts) {
    /** The chi-square approximation wants about this many in a bin. */
    private static final int SMALLEST_BIN = 10;

    /** Sums up {@code draws} masks of {@code tokens} tokens. */
    public static MaskSample of(int tokens, int draws, IntFunction<boolean[]> mask) {
        double[] frequency = new double[tokens];
        int[] counts = new int[draws];
        for (int i = 0; i < draws; i++) {
            boolean[] drawn = mask.apply(i);
            for (int t = 0; t < tokens; t++) {
                if (drawn[t]) {
                    frequency[t]++;
                    counts[i]++;
                }
            }
        }
        for (int t = 0; t < tokens; t++) {
            frequency[t] /= draws;
        }
        return new MaskSample(frequency, counts);
    }

    /**
     * Probability of a difference in some token's frequency at least as large as the largest seen, if both samples
     * follow one law: two-sided z test of two proportions, Bonferroni's correction for T tokens (at most 1).
     */
    public double frequencyProbability(MaskSample other) {
        if (frequency.length != other.frequency.length) {
            throw new IllegalArgumentException(
                    "masks of " + frequency.length + " and " + other.frequency.length + " tokens");
        }
        double n = counts.length;
        double m = other.counts.length;
        double largest = 0;
        for (int t = 0; t < frequency.length; t++) {
            double pooled = (n * frequency[t] + m * other.frequency[t]) / (n + m);
            double deviation = Math.sqrt(Math.max(0, pooled * (1 - pooled)) * (1 / n + 1 / m));
            double difference = Math.abs(frequency[t] - other.frequency[t]);
            largest = Math.max(largest, deviation > 0 ? difference / deviation : 0);
        }
        double single = 2 * new NormalDistribution(0, 1).cumulativeProbability(-largest);
        return Math.min(1, single * frequency.length);
    }

    /**
     * Probability of count histograms at least as different, if both samples follow one law: chi-square test of two
     * data sets, neighbouring counts joined until a bin holds enough.
     */
    public double countProbability(MaskSample other) {
        int tokens = Math.max(frequency.length, other.frequency.length);
        long[] mine = histogram(tokens);
        long[] theirs = other.histogram(tokens);
        int bins = joinSmallBins(mine, theirs);
        if (bins < 2) {
            return 1;
        }
        return new ChiSquareTest()
                .chiSquareTestDataSetsComparison(Arrays.copyOf(mine, bins), Arrays.copyOf(theirs, bins));
    }

    private long[] histogram(int tokens) {
        long[] histogram = new long[tokens + 1];
        for (int count : counts) {
            histogram[count]++;
        }
        return histogram;
    }

    /** Joins neighbours in place until each bin holds enough over both samples; returns the number of bins. */
    private static int joinSmallBins(long[] a, long[] b) {
        int bins = 0;
        long inA = 0;
        long inB = 0;
        for (int i = 0; i < a.length; i++) {
            inA += a[i];
            inB += b[i];
            if (inA + inB >= 2 * SMALLEST_BIN) {
                a[bins] = inA;
                b[bins++] = inB;
                inA = 0;
                inB = 0;
            }
        }
        if (bins > 0) {
            a[bins - 1] += inA;
            b[bins - 1] += inB;
        }
        return bins;
    }
}
