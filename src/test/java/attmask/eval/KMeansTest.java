package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import org.junit.jupiter.api.Test;

class KMeansTest {
    /** Image i lies round axis i mod 3. */
    private static Features blobs(int count) {
        RandomStream random = new RandomStream(1, Purpose.TEST, 0, 0);
        int[] labels = new int[count];
        float[] rows = new float[count * 5];
        for (int i = 0; i < count; i++) {
            labels[i] = i % 3;
            for (int d = 0; d < 5; d++) {
                rows[i * 5 + d] = (float) (0.1 * random.nextGaussian() + (d == labels[i] ? 1 : 0));
            }
        }
        return Features.normalised(rows, 5, labels);
    }

    @Test
    void findsWhatIsApart() {
        Features features = blobs(60);
        int[] clusters = KMeans.clusters(features, 3, 0);
        assertEquals(1, Clustering.of(features.labels(), clusters).accuracy());
        assertArrayEquals(clusters, KMeans.clusters(features, 3, 0));
    }

    @Test
    void everyImageCanBeACluster() {
        int[] clusters = KMeans.clusters(blobs(7), 7, 0);
        assertEquals(7, Clustering.of(clusters, clusters).clusters());
        assertArrayEquals(new int[7], KMeans.clusters(blobs(7), 1, 0));
    }

    @Test
    void refusesMoreClustersThanImages() {
        assertThrows(UserException.class, () -> KMeans.clusters(blobs(7), 8, 0));
        assertThrows(UserException.class, () -> KMeans.clusters(blobs(7), 0, 0));
    }
}
