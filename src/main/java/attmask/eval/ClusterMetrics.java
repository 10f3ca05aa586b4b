package attmask.eval;

import java.util.Arrays;

/**
 * Agreement of two labellings of the same n images, as scikit-learn defines it. Names of clusters do not matter.
 *
 * @param nmi normalised mutual information, by the arithmetic mean of the entropies; 0 to 1
 * @param ari adjusted Rand index; 1 for equal partitions, about 0 for independent ones
 * @param fowlkesMallows geometric mean of pairwise precision and recall; 0 to 1 (the original program logs it as fscore)
 */
public record ClusterMetrics(double nmi, double ari, double fowlkesMallows) {
    /** Compares two labellings of the same length, 1 or more. */
    public static ClusterMetrics of(int[] classes, int[] clusters) {
        return of(Contingency.of(classes, clusters));
    }

    static ClusterMetrics of(Contingency table) {
        long[] joint = table.cells();
        long[] byClass = table.byClass();
        long[] byCluster = table.byCluster();
        return new ClusterMetrics(
                nmi(joint, byClass, byCluster, table.n()),
                ari(joint, byClass, byCluster, table.n()),
                fowlkesMallows(joint, byClass, byCluster));
    }

    /** I(a; b) = H(a) + H(b) − H(a, b), over the mean of H(a) and H(b). */
    private static double nmi(long[] joint, long[] byClass, long[] byCluster, int n) {
        double sum = entropy(byClass, n) + entropy(byCluster, n);
        if (sum == 0) {
            return 1;
        }
        return Math.min(1, Math.max(0, 2 * (sum - entropy(joint, n)) / sum));
    }

    private static double entropy(long[] counts, int n) {
        double entropy = 0;
        for (long count : counts) {
            entropy -= (double) count / n * Math.log((double) count / n);
        }
        return counts.length == 1 ? 0 : entropy;
    }

    /** (pairs together in both − expected) / (largest possible − expected), Hubert and Arabie 1985. */
    private static double ari(long[] joint, long[] byClass, long[] byCluster, int n) {
        double both = orderedPairs(joint);
        double inClass = orderedPairs(byClass);
        double inCluster = orderedPairs(byCluster);
        if (both == inClass && both == inCluster) {
            return 1;
        }
        double expected = inClass / ((double) n * (n - 1)) * inCluster;
        return (both - expected) / ((inClass + inCluster) / 2 - expected);
    }

    private static double fowlkesMallows(long[] joint, long[] byClass, long[] byCluster) {
        double both = orderedPairs(joint);
        return both == 0 ? 0 : Math.sqrt(both / orderedPairs(byClass)) * Math.sqrt(both / orderedPairs(byCluster));
    }

    /** Ordered pairs of different images in the same cell: Σ c·(c − 1). */
    private static double orderedPairs(long[] counts) {
        return Arrays.stream(counts).map(c -> c * (c - 1)).sum();
    }
}
