package attmask.comparison;

import attmask.comparison.PlannedRun.Variant;
import attmask.train.StepTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** The tables of a comparison for one share of the data. */
final class ComparisonTables {
    /** Columns of learning curves that still fit a page. */
    private static final int MOST_EPOCHS = 10;

    private static final String NOT_REACHED = "not reached";
    private static final String UNTRAINED = "untrained";

    private final Results results;
    private final double percent;
    private final String where;

    ComparisonTables(Results results, double percent) {
        this.results = results;
        this.percent = percent;
        where = results.plan().percents().size() == 1
                ? ""
                : " with " + PlannedRun.percentText(percent) + " % of the data";
    }

    List<Table> all() {
        return List.of(accuracies(), differences(), curves(), epochsToBaseline(), time());
    }

    private List<Variant> variants() {
        return results.plan().variants().stream()
                .filter(variant -> !results.of(variant, percent).isEmpty())
                .toList();
    }

    private String label(Variant variant) {
        return results.plan().label(variant);
    }

    private String baseline() {
        return label(results.baseline());
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static List<String> row(String first, String second, List<String> more) {
        List<String> row = new ArrayList<>(List.of(first, second));
        row.addAll(more);
        return row;
    }

    private Table accuracies() {
        List<String> measures = results.measures(percent);
        List<List<String>> rows = new ArrayList<>();
        for (Variant variant : variants()) {
            rows.add(row(
                    label(variant),
                    Integer.toString(results.of(variant, percent).size()),
                    measures.stream()
                            .map(name -> Results.meanAndDeviation(results.values(variant, percent, name)))
                            .toList()));
        }
        return new Table(
                "Accuracy after training" + where,
                "Top-1 in percent, mean ± standard deviation over the seeds. k-NN: the training images vote on the"
                        + " validation images; N-shot: N training images of each class vote, mean of five choices;"
                        + " linear: a linear classifier on the [CLS] of the last four blocks, after its last epoch, and after its best"
                        + " one. Its learning rate is chosen by the same validation images, so it is a little too high.",
                row("", "seeds", measures),
                rows);
    }

    private Table differences() {
        List<String> measures = results.measures(percent);
        List<List<String>> rows = new ArrayList<>();
        for (Variant variant : variants()) {
            if (!variant.equals(results.baseline())) {
                rows.add(row(
                        label(variant),
                        pairs(variant),
                        measures.stream()
                                .map(name -> results.difference(variant, percent, name))
                                .map(difference -> difference
                                        .map(PairedDifference::toString)
                                        .orElse(""))
                                .toList()));
            }
        }
        return new Table(
                "Difference to " + baseline() + where,
                "Points, paired by seed: same first weights, same crops. In brackets the 95 % interval of the mean"
                        + " (Student's t); with fewer than two seeds there is none.",
                row("", "pairs", measures),
                rows);
    }

    private String pairs(Variant variant) {
        return Long.toString(results.of(variant, percent).keySet().stream()
                .filter(results.of(results.baseline(), percent)::containsKey)
                .count());
    }

    private Table curves() {
        TreeSet<Integer> epochs = new TreeSet<>();
        variants().forEach(variant -> results.curve(variant, percent)
                .ifPresent(curve -> epochs.addAll(curve.points().keySet())));
        List<Integer> shown = thinned(new ArrayList<>(epochs));
        List<List<String>> rows = new ArrayList<>();
        for (Variant variant : variants()) {
            Optional<LearningCurve> curve = results.curve(variant, percent);
            List<String> cells = shown.stream()
                    .map(epoch -> curve.map(LearningCurve::points)
                            .map(points -> points.get(epoch))
                            .map(ComparisonTables::number)
                            .orElse(""))
                    .toList();
            rows.add(row(
                    label(variant),
                    Integer.toString(results.of(variant, percent).size()),
                    cells));
        }
        return new Table(
                "Learning curves" + where,
                Measure.knn(results.k()) + " top-1 in percent after so many epochs, mean over the seeds; 0 is before"
                        + " training.",
                row("", "seeds", shown.stream().map(epoch -> "epoch " + epoch).toList()),
                rows);
    }

    /** About {@link #MOST_EPOCHS} of them, evenly, the first and the last among them. */
    private static List<Integer> thinned(List<Integer> epochs) {
        if (epochs.size() <= MOST_EPOCHS + 1) {
            return epochs;
        }
        TreeSet<Integer> kept = new TreeSet<>();
        for (int i = 0; i <= MOST_EPOCHS; i++) {
            kept.add(epochs.get((int) Math.round((double) i * (epochs.size() - 1) / MOST_EPOCHS)));
        }
        return new ArrayList<>(kept);
    }

    private Table epochsToBaseline() {
        List<Long> seeds = results.plan().seeds();
        SortedMap<Long, RunResult> base = results.of(results.baseline(), percent);
        OptionalDouble target = results.curve(results.baseline(), percent)
                .map(curve -> OptionalDouble.of(curve.last()))
                .orElse(OptionalDouble.empty());
        List<List<String>> rows = new ArrayList<>();
        for (Variant variant : variants()) {
            SortedMap<Long, RunResult> mine = results.of(variant, percent);
            List<String> cells = seeds.stream()
                    .map(seed -> mine.containsKey(seed) && base.containsKey(seed)
                            ? epochs(mine.get(seed).curve(), base.get(seed).curve())
                            : "")
                    .toList();
            String ofMean = results.curve(variant, percent)
                    .map(curve -> target.isPresent() ? epochs(curve.epochsTo(target.getAsDouble())) : "")
                    .orElse("");
            rows.add(row(label(variant), ofMean, cells));
        }
        return new Table(
                "Epochs to " + baseline() + "'s last " + Measure.knn(results.k()) + where,
                "When each learning curve first reaches it, straight between epochs: on the mean curves, then for each"
                        + " seed. Untrained: it is no more than what the network had before training.",
                row("", "mean curve", seeds.stream().map(seed -> "seed " + seed).toList()),
                rows);
    }

    private static String epochs(LearningCurve mine, LearningCurve base) {
        return mine.points().isEmpty() || base.points().isEmpty() ? "" : epochs(mine.epochsTo(base.last()));
    }

    private static String epochs(OptionalDouble epochs) {
        if (epochs.isEmpty()) {
            return NOT_REACHED;
        }
        return epochs.getAsDouble() == 0 ? UNTRAINED : number(epochs.getAsDouble());
    }

    private Table time() {
        List<List<String>> rows = new ArrayList<>();
        for (Variant variant : variants()) {
            rows.add(List.of(
                    label(variant),
                    number(results.time(variant, percent, StepTimes::median)),
                    overhead(variant, StepTimes::median),
                    number(results.time(variant, percent, StepTimes::fastest)),
                    overhead(variant, StepTimes::fastest)));
        }
        return new Table(
                "Time of a step" + where,
                "Milliseconds, mean over the seeds, and percent more than " + baseline()
                        + " (paired, 95 % interval), of"
                        + " the median step and of the fastest. The runs were made one after the other: what else the"
                        + " machine did is in the median, so on a busy machine only the fastest step tells something.",
                List.of("", "median", "% over " + baseline(), "fastest", "% over " + baseline()),
                rows);
    }

    private String overhead(Variant variant, ToDoubleFunction<StepTimes> time) {
        return variant.equals(results.baseline())
                ? ""
                : results.overhead(variant, percent, time)
                        .map(PairedDifference::toString)
                        .orElse("");
    }
}
