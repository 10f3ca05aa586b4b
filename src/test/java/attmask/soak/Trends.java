package attmask.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/** What grows over the samples of a soak, after the first fifth, in which code is compiled and caches are filled. */
final class Trends {
    private static final double WARM_UP = 0.2;
    /** Of the steady part: its first and its last are compared. */
    private static final double PART = 0.25;

    private static final double SECONDS_PER_HOUR = 3600;
    /** Memory may grow by so much an hour; in a soak shorter than two hours the slope is too uncertain to judge. */
    private static final double MOST_MB_PER_HOUR = 1;

    private static final double HOURS_TO_JUDGE = 2;

    private final List<Sample> steady;
    private final double hours;

    /** @param seconds the soak took */
    Trends(List<Sample> samples, double seconds) {
        steady = samples.stream()
                .filter(sample -> sample.seconds() >= WARM_UP * seconds)
                .toList();
        hours = seconds / SECONDS_PER_HOUR;
    }

    /** Least squares over the hours; samples without the quantity are left out. */
    SimpleRegression slope(ToDoubleFunction<Sample> quantity) {
        SimpleRegression line = new SimpleRegression();
        for (Sample sample : steady) {
            double value = quantity.applyAsDouble(sample);
            if (!Double.isNaN(value)) {
                line.addData(sample.seconds() / SECONDS_PER_HOUR, value);
            }
        }
        return line;
    }

    /**
     * By how much the fewest of the last quarter are more than the fewest of the first: clients come and go, and what
     * leaks stays.
     */
    double leaked(ToDoubleFunction<Sample> quantity) {
        int part = Math.max(1, (int) (PART * steady.size()));
        return fewest(steady.subList(steady.size() - part, steady.size()), quantity)
                - fewest(steady.subList(0, part), quantity);
    }

    private static double fewest(List<Sample> samples, ToDoubleFunction<Sample> quantity) {
        return samples.stream()
                .mapToDouble(quantity)
                .filter(Double::isFinite)
                .min()
                .orElse(Double.NaN);
    }

    private double most(ToDoubleFunction<Sample> quantity) {
        return steady.stream()
                .mapToDouble(quantity)
                .filter(Double::isFinite)
                .max()
                .orElse(Double.NaN);
    }

    /** What must not be, a line each; none if all is flat. */
    List<String> problems() {
        if (steady.isEmpty()) {
            return List.of("no samples after the warm-up");
        }
        List<String> problems = new ArrayList<>();
        growth(problems, slope(Sample::residentMb));
        if (judgesSlopes()) {
            leak(problems, "MB of live heap", leaked(Sample::liveMb), MOST_MB_PER_HOUR * hours);
        }
        leak(problems, "threads", leaked(Sample::threads), 0);
        leak(problems, "handles", leaked(Sample::handles), 0);
        return problems;
    }

    private boolean judgesSlopes() {
        return hours >= HOURS_TO_JUDGE;
    }

    /** In a word or two. */
    String verdict() {
        return judgesSlopes() ? "flat" : "no thread or handle leaked; too short to judge the slopes";
    }

    private void growth(List<String> problems, SimpleRegression line) {
        // NaN, of too few samples, is a problem too.
        if (judgesSlopes() && !(line.getSlope() <= MOST_MB_PER_HOUR)) {
            problems.add(String.format(Locale.ROOT, "resident memory grows by %.2f MB an hour", line.getSlope()));
        }
    }

    private static void leak(List<String> problems, String what, double more, double most) {
        if (!(more <= most)) {
            problems.add(String.format(Locale.ROOT, "%.0f %s more in the last quarter than in the first", more, what));
        }
    }

    /** The figures, for people. */
    String summary() {
        if (steady.isEmpty()) {
            return "";
        }
        return String.format(Locale.ROOT, "%d samples after the warm-up%n", steady.size())
                + line("resident memory", Sample::residentMb)
                + range("MB of live heap", Sample::liveMb)
                + range("threads", Sample::threads)
                + range("handles", Sample::handles);
    }

    private String line(String what, ToDoubleFunction<Sample> quantity) {
        SimpleRegression line = slope(quantity);
        double mean = steady.stream()
                .mapToDouble(quantity)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
        return String.format(
                Locale.ROOT,
                "%-16s mean %.1f MB, slope %+.2f MB an hour, standard error %.2f%n",
                what,
                mean,
                line.getSlope(),
                line.getSlopeStdErr());
    }

    private String range(String what, ToDoubleFunction<Sample> quantity) {
        return String.format(
                Locale.ROOT,
                "%-16s %.0f to %.0f, fewest of the last quarter less those of the first: %+.0f%n",
                what,
                fewest(steady, quantity),
                most(quantity),
                leaked(quantity));
    }
}
