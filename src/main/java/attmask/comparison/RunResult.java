package attmask.comparison;

import attmask.train.RunDirectory;
import java.util.Map;

/**
 * What a finished run came to.
 *
 * @param measures final accuracies in percent, by name
 * @param curve online k-NN over the epochs
 * @param stepMillis median time of a step
 */
record RunResult(PlannedRun run, Map<String, Double> measures, LearningCurve curve, double stepMillis) {
    /** @param k neighbours of the curve */
    static RunResult read(PlannedRun run, RunDirectory directory, int k) {
        RunLog log = RunLog.read(directory.log());
        return new RunResult(run, Evaluation.read(directory), new LearningCurve(log.curve(k)), log.stepMillis());
    }
}
