package attmask.comparison;

import attmask.comparison.PlannedRun.Variant;
import attmask.train.StepTimes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.descriptive.moment.Mean;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;

/**
 * All finished runs of a comparison.
 *
 * @param k neighbours of the learning curves and of the first conclusion
 */
record Results(Plan plan, Variant baseline, int k, List<RunResult> finished) {
    /** Finished runs of a variant by seed. */
    SortedMap<Long, RunResult> of(Variant variant, double percent) {
        SortedMap<Long, RunResult> bySeed = new TreeMap<>();
        finished.stream()
                .filter(result ->
                        result.run().variant().equals(variant) && result.run().percent() == percent)
                .forEach(result -> bySeed.put(result.run().seed(), result));
        return bySeed;
    }

    /** A measure of a variant's finished runs that have it. */
    double[] values(Variant variant, double percent, String measure) {
        return of(variant, percent).values().stream()
                .filter(result -> result.measures().containsKey(measure))
                .mapToDouble(result -> result.measures().get(measure))
                .toArray();
    }

    /** Names of all that was measured with a share of the data, in order. */
    List<String> measures(double percent) {
        return finished.stream()
                .filter(result -> result.run().percent() == percent)
                .flatMap(result -> result.measures().keySet().stream())
                .distinct()
                .toList();
    }

    /** A variant against the baseline over the seeds that both have; empty if there are none. */
    Optional<PairedDifference> difference(Variant variant, double percent, String measure) {
        return paired(
                variant,
                percent,
                (mine, base) ->
                        mine.measures().containsKey(measure) && base.measures().containsKey(measure)
                                ? mine.measures().get(measure) - base.measures().get(measure)
                                : Double.NaN);
    }

    /** Time of a step in percent more than the baseline's of the same seed. */
    Optional<PairedDifference> overhead(Variant variant, double percent, ToDoubleFunction<StepTimes> time) {
        return paired(
                variant,
                percent,
                (mine, base) -> 100 * (time.applyAsDouble(mine.times()) / time.applyAsDouble(base.times()) - 1));
    }

    /** What a pair of runs of one seed gives; NaN for nothing. */
    private interface OfPair {
        double value(RunResult mine, RunResult baseline);
    }

    private Optional<PairedDifference> paired(Variant variant, double percent, OfPair ofPair) {
        SortedMap<Long, RunResult> base = of(baseline, percent);
        double[] values = of(variant, percent).entrySet().stream()
                .filter(entry -> base.containsKey(entry.getKey()))
                .mapToDouble(entry -> ofPair.value(entry.getValue(), base.get(entry.getKey())))
                .filter(value -> !Double.isNaN(value))
                .toArray();
        return values.length == 0 ? Optional.empty() : Optional.of(PairedDifference.of(values));
    }

    /** The mean learning curve of a variant; empty without runs, or without online k-NN. */
    Optional<LearningCurve> curve(Variant variant, double percent) {
        List<LearningCurve> curves = of(variant, percent).values().stream()
                .map(RunResult::curve)
                .filter(curve -> !curve.points().isEmpty())
                .toList();
        return curves.isEmpty() ? Optional.empty() : Optional.of(LearningCurve.mean(curves));
    }

    /** For instance {@code 31.20 +- 0.42}; the deviation is the sample's, divisor n − 1. */
    static String meanAndDeviation(double[] values) {
        if (values.length == 0) {
            return "";
        }
        String mean = String.format(Locale.ROOT, "%.2f", new Mean().evaluate(values));
        return values.length == 1
                ? mean
                : mean + String.format(Locale.ROOT, " ± %.2f", new StandardDeviation().evaluate(values));
    }

    /** Time of a step, mean over a variant's runs. */
    double time(Variant variant, double percent, ToDoubleFunction<StepTimes> time) {
        return of(variant, percent).values().stream()
                .mapToDouble(result -> time.applyAsDouble(result.times()))
                .average()
                .orElse(Double.NaN);
    }
}
