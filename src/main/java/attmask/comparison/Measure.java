package attmask.comparison;

import attmask.eval.Features;
import attmask.eval.FewShot;
import attmask.eval.KnnClassifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is measured on a finished run: one accuracy or several, in percent, by name. */
interface Measure {
    /** Names of its numbers, in the order of the tables. */
    List<String> names();

    /** The numbers. */
    Map<String, Double> of(Frozen frozen);

    /**
     * All measures, in the order of the tables; a new one is a line here.
     *
     * @param smallestClass training images of the class that has the fewest
     */
    static List<Measure> all(List<Integer> neighbours, List<Integer> shots, int smallestClass) {
        List<Measure> measures = new ArrayList<>();
        measures.add(new NearestNeighbours(neighbours));
        shots.stream()
                .filter(count -> needs(count) <= smallestClass)
                .map(FewExamples::new)
                .forEach(measures::add);
        return measures;
    }

    /** Images that each class must have for {@code shots} examples from five starts. */
    static int needs(int shots) {
        int[] starts = FewShot.starts(shots);
        return starts[starts.length - 1] + shots;
    }

    /** Of a k-NN measure. */
    static String knn(int k) {
        return k + "-NN";
    }

    /** Top-1 of k-NN. */
    record NearestNeighbours(List<Integer> neighbours) implements Measure {
        @Override
        public List<String> names() {
            return neighbours.stream().map(Measure::knn).toList();
        }

        @Override
        public Map<String, Double> of(Frozen frozen) {
            int[] ks = neighbours.stream().mapToInt(Integer::intValue).toArray();
            Map<String, Double> values = new LinkedHashMap<>();
            Features queries = frozen.queries();
            new KnnClassifier(frozen.bank(), frozen.threads())
                    .classify(queries, ks)
                    .forEach(result ->
                            values.put(knn(result.k()), result.accuracy().top1()));
            return values;
        }
    }

    /** Mean over five starts with few examples of each class. */
    record FewExamples(int shots) implements Measure {
        @Override
        public List<String> names() {
            return List.of(shots + "-shot");
        }

        @Override
        public Map<String, Double> of(Frozen frozen) {
            FewShot.Result result = FewShot.evaluate(frozen.bank(), frozen.queries(), shots, frozen.threads());
            return Map.of(shots + "-shot", result.mean());
        }
    }
}
