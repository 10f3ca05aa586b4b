package attmask.comparison;

import attmask.train.RunDirectory;
import attmask.train.StepTimes;
import java.util.Map;

/**
 * What a finished run came to.
 *
 * @param measures final accuracies in percent, by name
 * @param curve online k-NN over the epochs
 * @param times of its steps
 */
record RunResult(PlannedRun run, Map<String, Double> measures, LearningCurve curve, StepTimes times) {
    /** @param k neighbours of the curve */
    static RunResult read(PlannedRun run, RunDirectory directory, int k) {
        TrainedEpochs epochs = TrainedEpochs.read(directory.log());
        return new RunResult(run, Evaluation.read(directory), new LearningCurve(epochs.curve(k)), epochs.stepTimes());
    }
}
