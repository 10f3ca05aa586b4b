package attmask.eval;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How two labellings of the same n images meet. Labels count as 0, 1, 2, … in the order of their values; only cells
 * that hold images are kept, so that thousands of clusters and classes cost what their images cost.
 *
 * @param n images
 * @param cellClass class of each cell
 * @param cellCluster cluster of each cell
 * @param cells images in each cell
 * @param byClass images of each class
 * @param byCluster images of each cluster
 */
record Contingency(int n, int[] cellClass, int[] cellCluster, long[] cells, long[] byClass, long[] byCluster) {
    /** Counts two labellings of the same length, 1 or more. */
    static Contingency of(int[] classes, int[] clusters) {
        if (classes.length != clusters.length || classes.length == 0) {
            throw new IllegalArgumentException(
                    "cluster metrics: " + classes.length + " classes and " + clusters.length + " clusters");
        }
        int[] a = renumbered(classes);
        int[] b = renumbered(clusters);
        long[] pairs = IntStream.range(0, a.length)
                .mapToLong(i -> (long) a[i] << Integer.SIZE | b[i])
                .sorted()
                .toArray();
        long[] distinct = Arrays.stream(pairs).distinct().toArray();
        return new Contingency(
                a.length,
                Arrays.stream(distinct)
                        .mapToInt(pair -> (int) (pair >> Integer.SIZE))
                        .toArray(),
                Arrays.stream(distinct).mapToInt(pair -> (int) pair).toArray(),
                counts(pairs),
                counts(Arrays.stream(a).asLongStream().sorted().toArray()),
                counts(Arrays.stream(b).asLongStream().sorted().toArray()));
    }

    /** Labels as 0, 1, 2, … in the order of their values. */
    private static int[] renumbered(int[] labels) {
        int[] values = Arrays.stream(labels).sorted().distinct().toArray();
        return Arrays.stream(labels)
                .map(label -> Arrays.binarySearch(values, label))
                .toArray();
    }

    /** How often each value occurs, in the order of the values. */
    private static long[] counts(long[] sorted) {
        long[] counts = new long[sorted.length];
        int distinct = 0;
        for (int i = 0; i < sorted.length; i++) {
            if (i > 0 && sorted[i] != sorted[i - 1]) {
                distinct++;
            }
            counts[distinct]++;
        }
        return Arrays.copyOf(counts, distinct + 1);
    }

    int classes() {
        return byClass.length;
    }

    int clusters() {
        return byCluster.length;
    }
}
