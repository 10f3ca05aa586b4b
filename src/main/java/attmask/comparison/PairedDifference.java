package attmask.comparison;

import java.util.Locale;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.moment.Mean;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;

/**
 * Mean over the seeds of the difference between two runs of one seed, with Student's confidence interval.
 *
 * @param seeds number of pairs
 * @param halfWidth of the interval; infinite for one pair, which tells nothing about the spread
 */
public record PairedDifference(int seeds, double mean, double halfWidth) {
    /** Of the interval. */
    public static final double CONFIDENCE = 0.95;

    /** @param differences one for each seed, at least one */
    public static PairedDifference of(double[] differences) {
        int n = differences.length;
        double mean = new Mean().evaluate(differences);
        if (n < 2) {
            return new PairedDifference(n, mean, Double.POSITIVE_INFINITY);
        }
        double quantile = new TDistribution(n - 1).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
        return new PairedDifference(n, mean, quantile * new StandardDeviation().evaluate(differences) / Math.sqrt(n));
    }

    /** True if the interval leaves 0 out. */
    public boolean distinct() {
        return Math.abs(mean) > halfWidth;
    }

    /** For instance {@code +1.20 [-0.31, +2.71]}. */
    @Override
    public String toString() {
        return Double.isInfinite(halfWidth)
                ? String.format(Locale.ROOT, "%+.2f (one seed)", mean)
                : String.format(Locale.ROOT, "%+.2f [%+.2f, %+.2f]", mean, mean - halfWidth, mean + halfWidth);
    }
}
