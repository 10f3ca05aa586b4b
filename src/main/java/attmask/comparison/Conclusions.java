package attmask.comparison;

import attmask.comparison.PlannedRun.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the numbers say and what they do not, in sentences. */
final class Conclusions {
    /** Below so many pairs Student's quantile is so large that only great differences show (4.3 for three pairs). */
    private static final int ENOUGH_SEEDS = 5;

    private final Results results;

    Conclusions(Results results) {
        this.results = results;
    }

    List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        for (double percent : results.plan().percents()) {
            if (!results.of(results.baseline(), percent).isEmpty()) {
                compare(percent, sentences);
            }
        }
        missing().ifPresent(sentences::add);
        sentences.add("Each interval is for one difference by itself: of twenty differences that are none, one is"
                + " expected to leave its interval by chance.");
        sentences.add("All of this holds for these images, this model and this length of training; a strategy that"
                + " leads early need not lead later.");
        return sentences;
    }

    private void compare(double percent, List<String> sentences) {
        String measure = Measure.knn(results.k());
        List<String> better = new ArrayList<>();
        List<String> worse = new ArrayList<>();
        List<String> open = new ArrayList<>();
        int fewest = Integer.MAX_VALUE;
        for (Variant variant : results.plan().variants()) {
            Optional<PairedDifference> difference = variant.equals(results.baseline())
                    ? Optional.empty()
                    : results.difference(variant, percent, measure);
            if (difference.isPresent()) {
                PairedDifference value = difference.get();
                fewest = Math.min(fewest, value.seeds());
                List<String> list = !value.distinct() ? open : value.mean() > 0 ? better : worse;
                list.add(String.format(Locale.ROOT, "%s (%+.2f)", results.plan().label(variant), value.mean()));
            }
        }
        if (fewest < Integer.MAX_VALUE) {
            sentences.add(sentence(percent, measure, better, worse, open));
            seeds(fewest).ifPresent(sentences::add);
        }
    }

    private String sentence(
            double percent, String measure, List<String> better, List<String> worse, List<String> open) {
        String base = results.plan().label(results.baseline());
        StringBuilder text = new StringBuilder(measure).append(", against ").append(base);
        if (results.plan().percents().size() > 1) {
            text.append(", with ").append(PlannedRun.percentText(percent)).append(" % of the data");
        }
        text.append(": better beyond the interval: ").append(listed(better));
        text.append("; worse beyond the interval: ").append(listed(worse));
        return text.append("; not to be told apart: ")
                .append(listed(open))
                .append('.')
                .toString();
    }

    private static String listed(List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    private static Optional<String> seeds(int fewest) {
        if (fewest < 2) {
            return Optional.of(
                    "Too few seeds: with one seed nothing can be said about chance; give --seeds 1,2,3 or" + " more.");
        }
        return fewest >= ENOUGH_SEEDS
                ? Optional.empty()
                : Optional.of("Few seeds (" + fewest + " pairs): only differences far above the spread between seeds"
                        + " can show; that one does not show is no sign that there is none.");
    }

    private Optional<String> missing() {
        int missing = results.plan().runs().size() - results.finished().size();
        return missing == 0
                ? Optional.empty()
                : Optional.of(missing + " of " + results.plan().runs().size()
                        + " runs are not finished and not in the tables.");
    }
}
