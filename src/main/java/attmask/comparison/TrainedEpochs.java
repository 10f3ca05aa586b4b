package attmask.comparison;

import attmask.config.UserException;
import attmask.report.RunLog;
import attmask.report.RunLog.Entry;
import attmask.train.StepTimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.descriptive.rank.Min;

/** What a finished run's {@code log.jsonl} says of its epochs. */
final class TrainedEpochs {
    /** Numbers by epoch; 0 is before training. */
    private final SortedMap<Integer, Map<String, Double>> epochs = new TreeMap<>();

    private TrainedEpochs(RunLog log) {
        for (Entry entry : log.entries()) {
            // Other lines say something about a step.
            if (entry.of(RunLog.EVAL) || entry.of(RunLog.EPOCH)) {
                epochs.put(entry.epoch(), entry.values());
            }
        }
    }

    /** @throws UserException if the log is missing or damaged */
    static TrainedEpochs read(Path file) {
        RunLog log;
        try {
            log = RunLog.parse(Files.readAllLines(file));
        } catch (IOException e) {
            throw new UserException(
                    file + " cannot be read (" + e.getMessage() + "); delete its folder to repeat the run", e);
        }
        if (!log.damaged().isEmpty()) {
            throw new UserException(
                    file + " line " + log.damaged().get(0) + " is damaged; delete its folder to repeat the run");
        }
        return new TrainedEpochs(log);
    }

    /** Online k-NN top-1 in percent by epoch, 0 before training; without the epochs that were not evaluated. */
    SortedMap<Integer, Double> curve(int k) {
        SortedMap<Integer, Double> curve = new TreeMap<>();
        epochs.forEach((epoch, values) -> {
            Double accuracy = values.get("knn" + k + "_top1");
            if (accuracy != null) {
                curve.put(epoch, accuracy);
            }
        });
        return curve;
    }

    /** Milliseconds of a step: the median over the epochs of their medians, and the fastest of all steps. */
    StepTimes stepTimes() {
        return new StepTimes(
                new Median().evaluate(epochValues("step_ms")), new Min().evaluate(epochValues("step_ms_min")));
    }

    /** A number of the trained epochs; the first, with what is compiled in it, is left out where there are others. */
    private double[] epochValues(String name) {
        return epochs.tailMap(epochs.size() > 2 ? 2 : 1).values().stream()
                .map(values -> values.get(name))
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .toArray();
    }
}
