package attmask.comparison;

import attmask.comparison.PlannedRun.Variant;
import attmask.config.NonFiniteException;
import attmask.config.UserException;
import attmask.report.page.Section;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What of a comparison is done, and its results so far. */
public final class ComparisonSummary {
    private static final String DEFAULT_BASELINE = "block";

    private final ComparisonFolder folder;
    private final Variant baseline;

    ComparisonSummary(ComparisonFolder folder, String baselineName) {
        this.folder = folder;
        this.baseline = baseline(folder.plan(), baselineName);
    }

    /**
     * Of a comparison that is there.
     *
     * @param baseline label of what the others are compared with; empty for block-wise
     * @throws UserException if there is none
     */
    public static ComparisonSummary at(Path folder, String baseline) {
        return new ComparisonSummary(ComparisonFolder.read(folder), baseline);
    }

    private static Variant baseline(Plan plan, String name) {
        if (!name.isEmpty()) {
            return plan.variant(name);
        }
        List<Variant> variants = plan.variants();
        return variants.stream()
                .filter(variant -> variant.mask().equals(DEFAULT_BASELINE))
                .findFirst()
                .orElse(variants.get(0));
    }

    /** One line for each run, then their number. */
    public List<String> states() {
        List<String> lines = new ArrayList<>();
        int done = 0;
        for (PlannedRun run : folder.plan().runs()) {
            RunState state = folder.state(run);
            boolean evaluated = evaluated(run, state);
            done += evaluated ? 1 : 0;
            lines.add(run.name() + ": " + (evaluated ? "done: " + Evaluation.text(folder.run(run)) : state.toString()));
        }
        lines.add(done + " of " + folder.plan().runs().size() + " runs are done");
        return lines;
    }

    /** Runs whose numbers were not finite, each with the reason. */
    public Map<PlannedRun, String> failed() {
        Map<PlannedRun, String> failed = new LinkedHashMap<>();
        for (PlannedRun run : folder.plan().runs()) {
            RunState state = folder.state(run);
            if (state.kind() == RunState.Kind.FAILED) {
                failed.put(run, state.problem());
            }
        }
        return failed;
    }

    /**
     * For the end of a command.
     *
     * @throws NonFiniteException if a run failed; names the first
     */
    public void requireAllFinite() {
        Map<PlannedRun, String> failed = failed();
        if (!failed.isEmpty()) {
            PlannedRun first = failed.keySet().iterator().next();
            throw new NonFiniteException(failed.size() + " of "
                    + folder.plan().runs().size()
                    + " runs failed, the first is " + first.name() + ": " + failed.get(first)
                    + "; the same command leaves them so: delete "
                    + RunFailure.file(folder.run(first)) + " to have it go on, or its folder to have it repeated");
        }
    }

    private boolean evaluated(PlannedRun run, RunState state) {
        return state.kind() == RunState.Kind.TRAINED
                && !Evaluation.read(folder.run(run)).isEmpty();
    }

    private ComparisonReport report() {
        int k = folder.settings().run().knn().get(0);
        List<RunResult> finished = folder.plan().runs().stream()
                .filter(run -> evaluated(run, folder.state(run)))
                .map(run -> RunResult.read(run, folder.run(run), k))
                .toList();
        return new ComparisonReport(folder, new Results(folder.plan(), baseline, k, finished), failed());
    }

    /** The tables, to be read on a console. */
    public String tables() {
        return report().tables();
    }

    /** The tables, for a page. */
    public Section section() {
        return report().section();
    }

    /** True if the folder holds a comparison. */
    public static boolean isAt(Path folder) {
        return Files.exists(ComparisonFolder.file(folder));
    }

    /** Writes {@code comparison.md} and {@code comparison.csv}. */
    public void write() {
        report().write();
    }

    public Path markdown() {
        return folder.markdown();
    }
}
