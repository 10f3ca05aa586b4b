package attmask.eval;

import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.ml.clustering.CentroidCluster;
import org.apache.commons.math3.ml.clustering.Clusterable;
import org.apache.commons.math3.ml.clustering.KMeansPlusPlusClusterer;
import org.apache.commons.math3.ml.distance.EuclideanDistance;

/** k-means++ of unit-length features, by Euclidean distance, which orders them as cosine similarity does. */
public final class KMeans {
    private static final int MOST_ITERATIONS = 100;

    private KMeans() {}

    private record Row(int image, double[] point) implements Clusterable {
        @Override
        public double[] getPoint() {
            return point;
        }
    }

    /**
     * The cluster of each image, 0 to k − 1.
     *
     * @param seed of the first centres
     * @throws UserException if there are fewer images than clusters
     */
    public static int[] clusters(Features features, int k, long seed) {
        if (k < 1 || k > features.count()) {
            throw new UserException("k-means: " + k + " clusters of " + features.count()
                    + " images are impossible; ask for 1 to " + features.count());
        }
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < features.count(); i++) {
            double[] point = new double[features.width()];
            for (int d = 0; d < point.length; d++) {
                point[d] = features.rows()[i * point.length + d];
            }
            rows.add(new Row(i, point));
        }
        List<CentroidCluster<Row>> found = new KMeansPlusPlusClusterer<Row>(
                        k, MOST_ITERATIONS, new EuclideanDistance(), new RandomStream(seed, Purpose.K_MEANS, 0, 0))
                .cluster(rows);
        int[] clusters = new int[features.count()];
        for (int c = 0; c < found.size(); c++) {
            for (Row row : found.get(c).getPoints()) {
                clusters[row.image()] = c;
            }
        }
        return clusters;
    }
}
