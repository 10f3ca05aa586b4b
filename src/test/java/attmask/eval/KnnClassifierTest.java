package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import attmask.checkpoint.SafeTensors;
import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnnClassifierTest {
    private static Features random(int count, int width, int classes, int name) {
        RandomStream random = new RandomStream(5, Purpose.TEST, name, 0);
        int[] labels = new int[count];
        float[] rows = new float[count * width];
        for (int i = 0; i < count; i++) {
            labels[i] = random.nextInt(classes);
            for (int d = 0; d < width; d++) {
                rows[i * width + d] = (float) (random.nextGaussian() + (d % classes == labels[i] ? 1 : 0));
            }
        }
        return Features.normalised(rows, width, labels);
    }

    @Test
    void predictsWhatTheGoldenCaseSays() throws IOException {
        try (InputStream in = getClass().getResourceAsStream("/attmask/golden/knn.safetensors")) {
            SafeTensors golden = SafeTensors.read(in, "knn.safetensors");
            Features bank = features(golden, "train");
            Features queries = features(golden, "test");
            int[] ks = new ObjectMapper().readValue(golden.metadata("ks"), int[].class);
            JsonNode accuracy = new ObjectMapper().readTree(golden.metadata("accuracy"));
            for (KnnClassifier.Result result : new KnnClassifier(bank, 2).classify(queries, ks)) {
                assertArrayEquals(golden.ints("expect/prediction/" + result.k()), result.predictions());
                JsonNode expected = accuracy.get(Integer.toString(result.k()));
                assertEquals(expected.get("top1").asDouble(), result.accuracy().top1(), 0);
                assertEquals(expected.get("top5").asDouble(), result.accuracy().top5(), 0);
            }
        }
    }

    private static Features features(SafeTensors file, String name) {
        return Features.normalised(file.doubles(name), file.shape(name).dim(1), file.ints(name + "_labels"));
    }

    /** Sizes that are no multiple of block, tile or vector, against a full sort in double precision. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "255, 17, 31, 4", "256, 16, 3, 7", "257, 1, 33, 3", "1031, 37, 48, 11"})
    void agreesWithAFullSort(int bankCount, int queryCount, int width, int classes) {
        Features bank = random(bankCount, width, classes, 1);
        Features queries = random(queryCount, width, classes, 2);
        List<KnnClassifier.Result> results = new KnnClassifier(bank, 2).classify(queries, 1, 3, 20, 5000);
        for (KnnClassifier.Result result : results) {
            for (int q = 0; q < queryCount; q++) {
                assertEquals(bySorting(bank, queries, q, result.k()), result.predictions()[q], "k " + result.k());
            }
        }
    }

    private static int bySorting(Features bank, Features queries, int q, int k) {
        double[] similarity = new double[bank.count()];
        for (int i = 0; i < bank.count(); i++) {
            for (int d = 0; d < bank.width(); d++) {
                similarity[i] += (double) bank.rows()[i * bank.width() + d] * queries.rows()[q * bank.width() + d];
            }
        }
        double[] votes = new double[bank.classes()];
        IntStream.range(0, bank.count())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -similarity[i]))
                .limit(k)
                .forEach(i -> votes[bank.labels()[i]] += Math.exp(similarity[i] / 0.07));
        return IntStream.range(0, votes.length)
                .boxed()
                .max(Comparator.comparingDouble((Integer c) -> votes[c]).thenComparing(c -> -c))
                .orElseThrow();
    }

    @Test
    void threadsChangeNothing() {
        Features bank = random(700, 24, 9, 3);
        Features queries = random(333, 24, 9, 4);
        List<KnnClassifier.Result> one = new KnnClassifier(bank, 1).classify(queries, 10, 200);
        List<KnnClassifier.Result> five = new KnnClassifier(bank, 5).classify(queries, 10, 200);
        for (int i = 0; i < 2; i++) {
            assertArrayEquals(one.get(i).predictions(), five.get(i).predictions());
            assertEquals(one.get(i).accuracy(), five.get(i).accuracy());
        }
    }

    @Test
    void tiesGoToTheLowerIndexAndTheLowerClass() {
        // Four equal bank rows; the nearest by index is the first, of class 2.
        Features bank = Features.normalised(new float[] {1, 0, 1, 0, 1, 0, 1, 0}, 2, new int[] {2, 1, 1, 2});
        Features query = Features.normalised(new float[] {2, 0}, 2, new int[] {0});
        List<KnnClassifier.Result> results = new KnnClassifier(bank, 1).classify(query, 1, 2, 3, 4);
        assertEquals(2, results.get(0).predictions()[0]);
        assertEquals(1, results.get(1).predictions()[0], "one vote each");
        assertEquals(1, results.get(2).predictions()[0]);
        assertEquals(1, results.get(3).predictions()[0], "two votes each");
        assertEquals(100, results.get(0).accuracy().top5(), "class 0 has no vote, yet comes second of three");
        assertEquals(0, results.get(0).accuracy().top1());
    }

    @Test
    void aClassThatTheBankLacksIsNeverRight() {
        Features bank = Features.normalised(new float[] {1, 0}, 2, new int[] {0});
        Features query = Features.normalised(new float[] {1, 0, 0, 0}, 2, new int[] {3, 0});
        KnnClassifier.Accuracy accuracy =
                new KnnClassifier(bank, 1).classify(query, 10).get(0).accuracy();
        assertEquals(new KnnClassifier.Accuracy(10, 50, 50), accuracy, "the row of zeros still gets a class");
    }

    @Test
    void refusesWhatCannotBeClassified() {
        Features bank = random(5, 4, 2, 1);
        assertThrows(UserException.class, () -> Features.normalised(new float[] {1, Float.NaN}, 2, new int[] {0}));
        assertThrows(UserException.class, () -> Features.normalised(new double[] {1e200, 1e200}, 2, new int[] {0}));
        assertThrows(IllegalArgumentException.class, () -> Features.normalised(new float[3], 2, new int[] {0}));
        assertThrows(IllegalArgumentException.class, () -> Features.normalised(new float[2], 2, new int[] {-1}));
        assertThrows(IllegalArgumentException.class, () -> new KnnClassifier(bank, 1).classify(random(2, 5, 2, 1), 1));
        assertThrows(IllegalArgumentException.class, () -> new KnnClassifier(bank, 1).classify(bank, 0));
    }
}
