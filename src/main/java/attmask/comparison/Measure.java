package attmask.comparison;

import attmask.eval.FewShot;
import attmask.eval.KnnClassifier;
import attmask.eval.LinearProbe;
import attmask.eval.Readout;
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
     * @param linearEpochs of the linear evaluation; 0 for none
     * @param smallestClass training images of the class that has the fewest
     */
    static List<Measure> all(List<Integer> neighbours, List<Integer> shots, int linearEpochs, int smallestClass) {
        List<Measure> measures = new ArrayList<>();
        measures.add(new NearestNeighbours(neighbours));
        shots.stream()
                .filter(count -> needs(count) <= smallestClass)
                .map(FewExamples::new)
                .forEach(measures::add);
        if (linearEpochs > 0) {
            measures.add(new Linear(linearEpochs));
        }
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
            new KnnClassifier(frozen.cls().bank(), frozen.threads())
                    .classify(frozen.cls().queries(), ks)
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
            FewShot.Result result =
                    FewShot.evaluate(frozen.cls().bank(), frozen.cls().queries(), shots, frozen.threads());
            return Map.of(shots + "-shot", result.mean());
        }
    }

    /** Linear evaluation of the [CLS] of the last four blocks: the best learning rate's last epoch, and the best epoch. */
    record Linear(int epochs) implements Measure {
        private static final int BLOCKS = 4;

        @Override
        public List<String> names() {
            return List.of(name(), name() + " best");
        }

        private String name() {
            return epochs == LinearProbe.Settings.DEFAULT.epochs() ? "linear" : "linear/" + epochs;
        }

        @Override
        public Map<String, Double> of(Frozen frozen) {
            Frozen.Split split = frozen.raw(
                    trained -> Readout.cls(Math.min(BLOCKS, trained.model().depth())));
            LinearProbe.Settings published = LinearProbe.Settings.DEFAULT;
            LinearProbe.Result result = LinearProbe.evaluate(
                    frozen.backend(),
                    split.bank(),
                    split.queries(),
                    new LinearProbe.Settings(epochs, published.batch(), published.rates(), published.seed()),
                    LinearProbe.Progress.NONE);
            Map<String, Double> values = new LinkedHashMap<>();
            values.put(name(), result.last().last());
            values.put(name() + " best", result.best().best());
            return values;
        }
    }
}
