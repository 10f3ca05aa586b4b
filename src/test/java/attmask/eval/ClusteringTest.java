package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Expected values are scikit-learn 1.2.1's and SciPy 1.10.1's: {@code python3 cluster_metrics.py > cluster_metrics.jsonl}. */
class ClusteringTest {
    /** The most that was seen is 1.2e-13: scikit-learn's NMI of "one image apart", by arithmetic of 50 digits. */
    private static final double ROUNDING = 1e-12;

    record Case(
            String name,
            int[] classes,
            int[] clusters,
            double nmi,
            double ari,
            double fowlkes_mallows,
            double accuracy,
            double purity) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() throws IOException {
        ObjectMapper json = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                ClusteringTest.class.getResourceAsStream("cluster_metrics.jsonl"), StandardCharsets.UTF_8))) {
            return json.readerFor(Case.class).<Case>readValues(lines).readAll();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isScikitLearns(Case expected) {
        Clustering actual = Clustering.of(expected.classes(), expected.clusters());
        assertEquals(expected.nmi(), actual.nmi(), ROUNDING);
        assertEquals(expected.ari(), actual.ari(), ROUNDING);
        assertEquals(expected.fowlkes_mallows(), actual.fowlkesMallows(), ROUNDING);
        assertEquals(expected.accuracy(), actual.accuracy(), ROUNDING);
        assertEquals(expected.purity(), actual.purity(), ROUNDING);
        assertEquals(IntStream.of(expected.clusters()).distinct().count(), actual.clusters());
        assertEquals(IntStream.of(expected.classes()).distinct().count(), actual.classes());
    }

    @Test
    void thereAreCasesAndNoImagesAreRefused() throws IOException {
        assertTrue(cases().size() > 10);
        assertThrows(IllegalArgumentException.class, () -> Clustering.of(new int[0], new int[0]));
    }
}
