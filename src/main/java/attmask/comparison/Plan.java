package attmask.comparison;

import attmask.comparison.PlannedRun.Variant;
import attmask.config.UserException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The runs of a comparison in the order in which they are made: every strategy with the first seed, then with the
 * second, so that a comparison cut short still compares.
 */
public record Plan(List<PlannedRun> runs) {
    public Plan {
        runs = List.copyOf(runs);
    }

    /**
     * Every combination.
     *
     * @throws UserException if a name is unknown, or there is nothing to do
     */
    public static Plan of(List<String> methods, List<String> masks, List<Double> percents, List<Long> seeds) {
        LinkedHashSet<PlannedRun> runs = new LinkedHashSet<>();
        for (long seed : seeds) {
            for (double percent : percents) {
                for (String method : methods) {
                    for (String mask : masks) {
                        runs.add(new PlannedRun(method, mask, percent, seed));
                    }
                }
            }
        }
        if (runs.isEmpty()) {
            throw new UserException("there is nothing to compare: give --methods, --masks, --percent and --seeds");
        }
        return new Plan(List.copyOf(runs));
    }

    /** These runs, and those of another plan that are not among them: a comparison can grow. */
    public Plan with(Plan more) {
        LinkedHashSet<PlannedRun> all = new LinkedHashSet<>(runs);
        all.addAll(more.runs);
        List<Long> seedOrder = all.stream().map(PlannedRun::seed).distinct().toList();
        return new Plan(all.stream()
                .sorted(Comparator.comparing(run -> seedOrder.indexOf(run.seed())))
                .toList());
    }

    public List<Variant> variants() {
        return runs.stream().map(PlannedRun::variant).distinct().toList();
    }

    public List<Double> percents() {
        return runs.stream().map(PlannedRun::percent).distinct().sorted().toList();
    }

    public List<Long> seeds() {
        return runs.stream().map(PlannedRun::seed).distinct().sorted().toList();
    }

    /** A variant's name in tables: the method is said only where there are several. */
    public String label(Variant variant) {
        boolean several = runs.stream().map(PlannedRun::method).distinct().count() > 1;
        return several ? variant.toString() : variant.mask();
    }

    /**
     * The variant that the others are compared with.
     *
     * @param name as in the tables
     * @throws UserException if none has this name
     */
    public Variant variant(String name) {
        String plain = name.strip();
        return variants().stream()
                .filter(variant ->
                        label(variant).equals(plain) || variant.toString().equals(plain))
                .findFirst()
                .orElseThrow(() -> new UserException("--baseline " + name + " is not among the compared: "
                        + String.join(", ", variants().stream().map(this::label).toList())));
    }
}
