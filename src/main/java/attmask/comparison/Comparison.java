package attmask.comparison;

import attmask.config.NonFiniteException;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.ImageSource;
import attmask.data.Subset;
import attmask.ops.Backend;
import attmask.train.FreeMemory;
import attmask.train.ProgressView;
import attmask.train.ProgressViews;
import attmask.train.RunDirectory;
import attmask.train.TensorBoardView;
import attmask.train.Trainer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Trains and evaluates the runs of a plan one after the other. What is finished stays in the folder, so a comparison
 * that was stopped goes on where it was: finished runs are not repeated, a begun one goes on from its checkpoint.
 */
public final class Comparison {
    private final ComparisonFolder folder;
    private final ComparisonSummary summary;
    private final TrainConfig common;
    private final DataSet data;
    private final List<Integer> shots;
    private final int linearEpochs;

    /**
     * Looks whether everything fits together, and takes the folder.
     *
     * @param common settings of all runs; {@code run.output} is the comparison's folder
     * @param data of {@code common}
     * @param shots examples of each class; those that the data does not suffice for are left out
     * @param linearEpochs of the linear evaluation; 0 for none
     * @param baseline label of what the others are compared with; empty for block-wise
     * @throws UserException if the folder holds a comparison with other settings or images, or the data has no labels
     */
    public Comparison(
            TrainConfig common,
            DataSet data,
            Plan plan,
            List<Integer> shots,
            int linearEpochs,
            String baseline,
            Making making) {
        if (!data.hasValidation() || !data.train().labelled()) {
            throw new UserException("compare needs labelled training and validation images: "
                    + common.data().source() + " must have train/ and val/ with a folder for each class");
        }
        this.common = common;
        this.data = data;
        this.shots = List.copyOf(shots);
        this.linearEpochs = linearEpochs;
        plan.runs().forEach(this::steps);
        folder = ComparisonFolder.open(Path.of(common.run().output()), common, DataFingerprint.of(data), plan, making);
        summary = new ComparisonSummary(folder, baseline);
        folder.write();
    }

    /** What is done, and the results so far. */
    public ComparisonSummary summary() {
        return summary;
    }

    private String output(PlannedRun run) {
        return folder.run(run).folder().toString();
    }

    /** Of a whole run. */
    private long steps(PlannedRun run) {
        TrainConfig config = run.config(common, common.run().output());
        return (long) config.run().epochs()
                * config.stepsPerEpoch(share(run.percent()).train().size());
    }

    /** As {@link attmask.data.DataSets} gives it for {@code data.percent}, but with one cache for all shares. */
    private DataSet share(double percent) {
        return percent == 100 ? data : new DataSet(Subset.shareOfEachClass(data.train(), percent), data.validation());
    }

    private List<Measure> measures(double percent) {
        return Measure.all(common.run().knn(), shots, linearEpochs, smallestClass(percent));
    }

    private int smallestClass(double percent) {
        ImageSource train = share(percent).train();
        int[] sizes = new int[train.classes().size()];
        IntStream.range(0, train.size()).forEach(index -> sizes[train.label(index)]++);
        return Arrays.stream(sizes).filter(size -> size > 0).min().orElse(0);
    }

    /**
     * Does what is not done yet. A run whose numbers are not finite is noted as failed, once and for all: the same settings
     * fail again, bit for bit. The others go on.
     *
     * @param free memory that can be taken now
     * @param threads that decode images and that evaluations run on
     * @param tensorBoard each run writes event files
     * @return false if it was asked to stop before the end; begun again, it goes on
     * @throws UserException if a run's folder is damaged, or a run fails
     */
    public boolean run(
            Backend backend, Supplier<FreeMemory> free, int threads, ProgressView view, boolean tensorBoard) {
        Map<PlannedRun, RunState> states = usableStates();
        long left = states.entrySet().stream()
                .filter(entry -> entry.getValue().kind() != RunState.Kind.FAILED)
                .mapToLong(entry -> steps(entry.getKey()) - entry.getValue().step())
                .sum();
        ComparisonProgress progress = new ComparisonProgress(view, left);
        noteLeftOut(view);
        int number = 0;
        for (PlannedRun run : folder.plan().runs()) {
            number++;
            RunState state = states.get(run);
            if (state.kind() == RunState.Kind.FAILED) {
                view.note(run.name() + " " + state);
                continue;
            }
            if (state.kind() != RunState.Kind.TRAINED) {
                progress.run(number, states.size(), run);
                try {
                    if (!train(run, state, backend, free, threads, progress, tensorBoard)) {
                        view.note("the comparison is stopped; the same command goes on with it");
                        return false;
                    }
                } catch (NonFiniteException e) {
                    RunFailure.write(folder.run(run), e.getMessage());
                    view.note(run.name() + " failed: " + e.getMessage());
                    summary.write();
                    continue;
                }
            }
            if (Evaluation.complete(folder.run(run), measures(run.percent()), share(run.percent()), backend, threads)) {
                view.note(run.name() + ": " + Evaluation.text(folder.run(run)));
                summary.write();
            }
        }
        return true;
    }

    private Map<PlannedRun, RunState> usableStates() {
        Map<PlannedRun, RunState> states = new LinkedHashMap<>();
        for (PlannedRun run : folder.plan().runs()) {
            RunState state = folder.state(run);
            if (state.kind() == RunState.Kind.DAMAGED) {
                throw new UserException("the run " + output(run) + " cannot be used: " + state.problem()
                        + "; delete the folder to have the run repeated");
            }
            states.put(run, state);
        }
        return states;
    }

    private boolean train(
            PlannedRun run,
            RunState state,
            Backend backend,
            Supplier<FreeMemory> free,
            int threads,
            ProgressView view,
            boolean tensorBoard) {
        boolean resume = state.kind() == RunState.Kind.BEGUN;
        Path place = folder.run(run).folder();
        RunDirectory directory = resume ? RunDirectory.resume(place) : RunDirectory.startOver(place);
        TrainConfig config = run.config(common, place.toString());
        try (ProgressView events = tensorBoard ? new TensorBoardView(place, resume, view::note) : ProgressViews.NONE;
                Trainer trainer = new Trainer(
                        config, backend, directory, share(run.percent()), ProgressViews.both(view, events), threads)) {
            trainer.memory().check(free.get());
            boolean finished = trainer.run(resume);
            trainer.noteUnreadable();
            return finished;
        }
    }

    private void noteLeftOut(ProgressView view) {
        for (double percent : folder.plan().percents()) {
            int smallest = smallestClass(percent);
            shots.stream()
                    .filter(count -> Measure.needs(count) > smallest)
                    .forEach(count -> view.note(String.format(
                            "%d-shot is left out%s: it needs %d images of each class, the smallest has %d",
                            count,
                            percent == 100 ? "" : " with " + PlannedRun.percentText(percent) + " % of the data",
                            Measure.needs(count),
                            smallest)));
        }
    }
}
