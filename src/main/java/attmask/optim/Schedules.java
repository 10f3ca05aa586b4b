package attmask.optim;

import attmask.config.LossConfig;
import attmask.config.OptimizerConfig;
import attmask.config.TrainConfig;

/**
 * All schedules of a run. The first three advance with the step since the start of training, the temperatures with the
 * epoch.
 *
 * @param learningRate linear warm-up, then a cosine
 * @param weightDecay cosine; for parameters of two or more dimensions
 * @param teacherMomentum EMA momentum of the teacher, a cosine to 1
 * @param teacherTemp teacher temperature of [CLS]
 * @param teacherPatchTemp teacher temperature of patches
 */
public record Schedules(
        Schedule learningRate,
        Schedule weightDecay,
        Schedule teacherMomentum,
        Schedule teacherTemp,
        Schedule teacherPatchTemp) {
    /** The schedules of a run of {@code config} with so many steps in each epoch. */
    public static Schedules of(TrainConfig config, int stepsPerEpoch) {
        return of(config.run().epochs(), stepsPerEpoch, config.peakLearningRate(), config.optimizer(), config.loss());
    }

    /**
     * The schedules of any run.
     *
     * @param epochs number of epochs
     * @param stepsPerEpoch steps in each
     * @param peakLearningRate learning rate after the warm-up; {@link OptimizerConfig#learningRate()} is not used
     * @param optimizer end values and the length of the warm-up
     * @param loss temperatures
     */
    public static Schedules of(
            int epochs, int stepsPerEpoch, double peakLearningRate, OptimizerConfig optimizer, LossConfig loss) {
        int steps = Math.multiplyExact(epochs, stepsPerEpoch);
        int warmup = optimizer.warmupEpochs() * stepsPerEpoch;
        int warmTemp = loss.warmupTeacherTempEpochs();
        return new Schedules(
                new ScheduleCosine(steps, warmup, peakLearningRate, optimizer.minLearningRate()),
                new ScheduleCosine(steps, optimizer.weightDecay(), optimizer.weightDecayEnd()),
                new ScheduleCosine(steps, optimizer.teacherMomentum(), 1),
                new ScheduleLinear(epochs, warmTemp, loss.warmupTeacherTemp(), loss.teacherTemp()),
                new ScheduleLinear(epochs, warmTemp, loss.warmupTeacherPatchTemp(), loss.teacherPatchTemp()));
    }
}
