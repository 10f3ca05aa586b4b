package attmask.report;

import static attmask.report.RunLog.COLLAPSE;
import static attmask.report.RunLog.STEP;

import attmask.report.RunLog.Entry;
import attmask.report.page.Block;
import attmask.report.page.Chart;
import attmask.report.page.Chart.Line;
import attmask.report.page.Chart.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** The curves of runs over their epochs. What no run has logged is left out. */
final class RunCharts {
    /** Points of a curve at most; of longer logs, means of equal groups. */
    private static final int MOST_POINTS = 1000;

    private final List<Run> runs;

    RunCharts(List<Run> runs) {
        this.runs = runs;
    }

    List<Block> charts() {
        List<Block> charts = new ArrayList<>();
        add(
                charts,
                "Loss",
                "",
                stepView("total", "loss"),
                stepView("[CLS]", "cls"),
                stepView("patch", "patch"),
                stepView("restoration", "restoration"));
        add(charts, "k-NN", "Of the teacher's features, by cosine similarity.", nearestNeighbours());
        add(
                charts,
                "Teacher entropy",
                "0 %: one prototype takes all. 100 %: the teacher does not tell images apart.",
                entropy("[CLS]", "train_teacher_entropy", "prototypes"),
                entropy("mean of the batch", "train_teacher_marginal_entropy", "prototypes"),
                entropy("patches", "train_teacher_patch_entropy", "patchPrototypes"));
        add(
                charts,
                "Schedules",
                "",
                view("learning rate", "", "train_lr"),
                view("weight decay", "", "train_wd"),
                percent("masked patches", "train_mask_ratio"));
        add(
                charts,
                "Collapse monitor",
                "",
                percent("prototypes in use", "prototypes_in_use"),
                view("deviation of features", "", "feature_deviation"));
        add(charts, "Numbers that are not finite", "", skippedSteps());
        add(
                charts,
                "Clusters against classes",
                "The teacher's prototypes as clusters of the training images.",
                view("NMI", "", "train_nmi"),
                view("ARI", "", "train_ari"),
                view("Fowlkes–Mallows", "", "train_fscore"));
        add(charts, "Speed", "", view("images/s", "", "images_per_s"), waitForData());
        return charts;
    }

    @SafeVarargs
    private static void add(List<Block> charts, String title, String note, Optional<View>... views) {
        add(charts, title, note, Arrays.stream(views).flatMap(Optional::stream).toList());
    }

    private static void add(List<Block> charts, String title, String note, List<View> views) {
        if (!views.isEmpty()) {
            charts.add(new Chart(title, "epoch", note, views));
        }
    }

    /** Every k that any run has evaluated. */
    static TreeSet<Integer> neighbours(List<Run> runs) {
        TreeSet<Integer> neighbours = new TreeSet<>();
        runs.forEach(run -> run.log().entries().forEach(entry -> entry.values().keySet().stream()
                .filter(name -> name.matches("knn\\d{1,6}_top1"))
                .forEach(name -> neighbours.add(Integer.parseInt(name.substring(3, name.indexOf('_')))))));
        return neighbours;
    }

    /** A view for each k, top-1 before top-5. */
    private List<View> nearestNeighbours() {
        List<View> views = new ArrayList<>();
        for (String top : List.of("1", "5")) {
            neighbours(runs).forEach(k -> view(k + "-NN, top " + top, "%", "knn" + k + "_top" + top)
                    .ifPresent(views::add));
        }
        return views;
    }

    private Optional<View> view(String label, String unit, String field) {
        return view(label, unit, field, run -> 1);
    }

    private Optional<View> percent(String label, String field) {
        return view(label, "%", field, run -> 100);
    }

    /** In percent of ln K, the entropy of K equally likely prototypes, so that runs of different K compare. */
    private Optional<View> entropy(String label, String field, String prototypes) {
        return view(label, "% of ln K", field, run -> {
            double outputs = run.settings().at("/head/" + prototypes).asDouble(Double.NaN);
            return 100 / Math.log(outputs);
        });
    }

    private Optional<View> view(String label, String unit, String field, ToDoubleFunction<Run> scale) {
        List<Line> lines = new ArrayList<>();
        for (Run run : runs) {
            lines.addAll(line(run, false, field, scale.applyAsDouble(run)));
        }
        return lines.isEmpty() ? Optional.empty() : Optional.of(new View(label, unit, lines));
    }

    /** The epochs' means, and behind them single steps. A loss that a run's method does not have is 0 throughout. */
    private Optional<View> stepView(String label, String field) {
        List<Line> lines = new ArrayList<>();
        for (Run run : runs) {
            lines.addAll(line(run, true, field, 1));
            lines.addAll(line(run, false, "train_" + field, 1));
        }
        lines.removeIf(line -> Arrays.stream(line.y()).allMatch(value -> value == 0));
        return lines.isEmpty() ? Optional.empty() : Optional.of(new View(label, "", lines));
    }

    /** None if all runs learned from every step. */
    private Optional<View> skippedSteps() {
        return view("skipped steps", "", "skipped_steps").filter(view -> view.lines().stream()
                .anyMatch(line -> Arrays.stream(line.y()).anyMatch(value -> value > 0)));
    }

    /** Of single steps, and their mean in an epoch. */
    private Optional<View> waitForData() {
        List<Line> lines = new ArrayList<>();
        for (Run run : runs) {
            lines.addAll(line(run, true, "data_wait_ms", 1));
            lines.addAll(line(run, false, "data_wait_ms", 1));
        }
        return lines.isEmpty() ? Optional.empty() : Optional.of(new View("wait for data per step", "ms", lines));
    }

    /**
     * A run's curve, or none.
     *
     * @param fine of its steps, else of its epochs
     */
    private static List<Line> line(Run run, boolean fine, String field, double scale) {
        TreeMap<Double, Double> points = new TreeMap<>();
        for (Entry entry : run.log().entries()) {
            Double value = entry.values().get(field);
            if (value != null && entry.of(STEP) == fine && !entry.of(COLLAPSE) && Double.isFinite(value * scale)) {
                points.put(entry.epochsDone(), value * scale);
            }
        }
        if (points.isEmpty()) {
            return List.of();
        }
        double[] x = points.keySet().stream().mapToDouble(Double::doubleValue).toArray();
        double[] y = points.values().stream().mapToDouble(Double::doubleValue).toArray();
        int group = (x.length + MOST_POINTS - 1) / MOST_POINTS;
        return List.of(new Line(run.name(), run.colour(), fine, means(x, group), means(y, group)));
    }

    /** Means of each {@code group} values one after the other, the last perhaps of fewer. */
    private static double[] means(double[] values, int group) {
        double[] means = new double[(values.length + group - 1) / group];
        for (int i = 0; i < means.length; i++) {
            means[i] = Arrays.stream(values, i * group, Math.min(values.length, (i + 1) * group))
                    .average()
                    .orElseThrow();
        }
        return means;
    }
}
