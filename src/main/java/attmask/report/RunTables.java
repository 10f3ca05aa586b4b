package attmask.report;

import static attmask.report.RunLog.EPOCH;
import static attmask.report.RunLog.EVAL;

import attmask.report.RunLog.Entry;
import attmask.report.page.Table;
import attmask.report.page.Table.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What runs were set to, and how they ended, as tables with a row for each run. */
final class RunTables {
    /** Says nothing that the run's name does not. */
    private static final String OUTPUT = "run.output";

    private final List<Run> runs;
    /** Of each run, in order. */
    private final List<Map<String, String>> settings;

    RunTables(List<Run> runs) {
        this.runs = runs;
        settings = runs.stream().map(Run::flatSettings).toList();
    }

    private Set<String> paths() {
        Set<String> paths = new LinkedHashSet<>();
        settings.forEach(flat -> paths.addAll(flat.keySet()));
        return paths;
    }

    private boolean differs(String path) {
        return settings.stream()
                        .map(flat -> flat.getOrDefault(path, ""))
                        .distinct()
                        .count()
                > 1;
    }

    /** Settings in which the runs differ, by name. */
    List<String> differing() {
        return paths().stream()
                .filter(path -> !path.equals(OUTPUT) && differs(path))
                .toList();
    }

    /** A column for each differing setting. */
    Table differences() {
        List<String> paths = differing();
        List<String> headers = new ArrayList<>(List.of("run"));
        headers.addAll(paths);
        List<List<Cell>> rows = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            Run run = runs.get(i);
            Map<String, String> own = settings.get(i);
            List<Cell> row = new ArrayList<>(List.of(Cell.name(run.name(), run.colour())));
            paths.forEach(path -> row.add(Cell.text(own.getOrDefault(path, "–"))));
            rows.add(row);
        }
        return new Table("Settings that differ", headers, rows);
    }

    /** A row for each setting that all runs share. */
    Table common() {
        List<List<Cell>> rows = new ArrayList<>();
        for (String path : paths()) {
            if (!differs(path)) {
                rows.add(List.of(Cell.text(path), Cell.text(settings.get(0).getOrDefault(path, ""))));
            }
        }
        return new Table(runs.size() > 1 ? "Settings of all runs" : "", List.of("setting", "value"), rows);
    }

    /** The last value of what each run has measured, and its best k-NN; the best of several runs is set off. */
    Table results() {
        List<Column> columns = columns();
        List<String> headers = new ArrayList<>(List.of("run", "trained"));
        columns.forEach(column -> headers.add(column.header()));
        List<List<Cell>> rows = new ArrayList<>();
        for (Run run : runs) {
            rows.add(new ArrayList<>(List.of(Cell.name(run.name(), run.colour()), Cell.text(run.state()))));
        }
        for (Column column : columns) {
            List<Optional<Entry>> entries =
                    runs.stream().map(run -> entry(column, run)).toList();
            double best = column.higher() ? best(column, entries) : Double.NaN;
            for (int i = 0; i < entries.size(); i++) {
                rows.get(i).add(cell(column, entries.get(i), best));
            }
        }
        return new Table("", headers, rows);
    }

    /**
     * A measure.
     *
     * @param best the largest value, with its epoch, instead of the last
     * @param higher true if a higher value is better, so that runs can be ranked
     */
    private record Column(String header, String field, String format, boolean best, boolean higher) {}

    private List<Column> columns() {
        List<Column> columns = new ArrayList<>();
        TreeSet<Integer> neighbours = RunCharts.neighbours(runs);
        for (int k : neighbours) {
            columns.add(new Column(k + "-NN top 1, %", "knn" + k + "_top1", "%.2f", false, true));
        }
        if (!neighbours.isEmpty()) {
            int k = neighbours.first();
            columns.add(new Column("best " + k + "-NN, % (epoch)", "knn" + k + "_top1", "%.2f (%d)", true, true));
        }
        columns.add(new Column("loss", "train_loss", "%.4f", false, false));
        columns.add(new Column("NMI", "train_nmi", "%.4f", false, true));
        columns.add(new Column("images/s", "images_per_s", "%.0f", false, false));
        return columns.stream()
                .filter(column ->
                        runs.stream().anyMatch(run -> entry(column, run).isPresent()))
                .toList();
    }

    /** The line that a column's value is from. */
    private static Optional<Entry> entry(Column column, Run run) {
        Stream<Entry> known = run.log().entries().stream()
                .filter(entry -> entry.of(EPOCH) || entry.of(EVAL))
                .filter(entry -> entry.values().containsKey(column.field()));
        return column.best()
                ? known.max(Comparator.comparingDouble(entry -> entry.values().get(column.field())))
                : known.reduce((first, second) -> second);
    }

    private static Cell cell(Column column, Optional<Entry> entry, double best) {
        if (entry.isEmpty()) {
            return Cell.number("–");
        }
        double value = entry.get().values().get(column.field());
        Cell cell = Cell.number(
                String.format(Locale.ROOT, column.format(), value, entry.get().epoch()));
        return value == best ? cell.asBest() : cell;
    }

    /** The largest value; NaN when all are equal, which leaves nothing to set off. */
    private static double best(Column column, List<Optional<Entry>> entries) {
        double[] values = entries.stream()
                .flatMap(Optional::stream)
                .mapToDouble(entry -> entry.values().get(column.field()))
                .distinct()
                .toArray();
        return values.length < 2 ? Double.NaN : Arrays.stream(values).max().orElseThrow();
    }
}
