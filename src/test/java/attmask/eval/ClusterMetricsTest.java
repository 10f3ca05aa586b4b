package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Expected values are scikit-learn 1.9's. */
class ClusterMetricsTest {
    /** A few roundings of numbers of order 1; the entropies of 1000 images sum at most 77 terms. */
    private static final double ROUNDING = 1e-13;

    private static void check(int[] a, int[] b, double nmi, double ari, double fowlkesMallows) {
        for (ClusterMetrics metrics : new ClusterMetrics[] {ClusterMetrics.of(a, b), ClusterMetrics.of(b, a)}) {
            assertEquals(nmi, metrics.nmi(), ROUNDING);
            assertEquals(ari, metrics.ari(), ROUNDING);
            assertEquals(fowlkesMallows, metrics.fowlkesMallows(), ROUNDING);
        }
    }

    private static int[] of(int... labels) {
        return labels;
    }

    @Test
    void smallCases() {
        check(of(0, 0, 1, 1), of(0, 0, 1, 2), 0.8, 0.5714285714285714, 0.7071067811865476);
        check(of(0, 0, 1, 1), of(0, 1, 0, 1), 0, -0.5, 0);
        check(of(0, 0, 0, 0), of(0, 1, 2, 3), 0, 0, 0);
    }

    @Test
    void degenerateCases() {
        check(of(0, 0, 0), of(0, 0, 0), 1, 1, 1);
        check(of(0, 1, 2), of(2, 1, 0), 1, 1, 0);
        check(of(5), of(3), 1, 1, 0);
    }

    @Test
    void largerCases() {
        int[] p = IntStream.range(0, 1000).map(i -> i * i % 7).toArray();
        int[] q = IntStream.range(0, 1000).map(i -> (i * i * i + 3 * i) % 11).toArray();
        int[] r =
                IntStream.range(0, 1000).map(i -> i % 3 == 0 ? q[i] : 5 * p[i]).toArray();
        check(p, q, 8.074340146532672e-06, -0.0033438449720190407, 0.22123528150872757);
        check(p, r, 0.4780864580289433, 0.5054885358561718, 0.6237235995365347);
    }

    @Test
    void namesOfClustersDoNotMatter() {
        int[] p = IntStream.range(0, 100).map(i -> i * i % 7).toArray();
        int[] renamed = Arrays.stream(p).map(label -> -1000 * label + 3).toArray();
        check(p, renamed, 1, 1, 1);
    }

    @Test
    void refusesLabellingsOfDifferentLength() {
        assertThrows(IllegalArgumentException.class, () -> ClusterMetrics.of(of(1), of(1, 2)));
        assertThrows(IllegalArgumentException.class, () -> ClusterMetrics.of(of(), of()));
    }
}
