package attmask.eval;

/**
 * How well clusters of images agree with their classes.
 *
 * @param clusters in use
 * @param classes that occur
 * @param nmi normalised mutual information
 * @param ari adjusted Rand index
 * @param fowlkesMallows geometric mean of pairwise precision and recall
 * @param accuracy share of images in the cluster assigned to their class, each cluster to one class at most, by the best
 *     such assignment
 * @param purity share of images that are of their cluster's most frequent class
 */
public record Clustering(
        int clusters, int classes, double nmi, double ari, double fowlkesMallows, double accuracy, double purity) {
    /** Compares two labellings of the same length, 1 or more. */
    public static Clustering of(int[] classes, int[] clusters) {
        Contingency table = Contingency.of(classes, clusters);
        ClusterMetrics metrics = ClusterMetrics.of(table);
        return new Clustering(
                table.clusters(),
                table.classes(),
                metrics.nmi(),
                metrics.ari(),
                metrics.fowlkesMallows(),
                ClusterAssignment.accuracy(table),
                ClusterAssignment.purity(table));
    }
}
