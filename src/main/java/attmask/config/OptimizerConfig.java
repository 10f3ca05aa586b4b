package attmask.config;

/**
 * AdamW, its schedules, and the teacher's momentum; all schedules advance per step.
 *
 * @param learningRate peak learning rate for a batch of 256; the peak used is learningRate · batch / 256
 * @param minLearningRate at the end of the cosine
 * @param warmupEpochs linear warm-up from 0
 * @param weightDecay at the start of its cosine
 * @param weightDecayEnd and at its end
 * @param clipGradient largest norm of one parameter's gradient; 0 does not clip
 * @param freezeLastLayer epochs during which the last layer is not updated
 * @param teacherMomentum EMA momentum of the teacher at the start of its cosine to 1
 */
public record OptimizerConfig(
        double learningRate,
        double minLearningRate,
        int warmupEpochs,
        double weightDecay,
        double weightDecayEnd,
        double clipGradient,
        int freezeLastLayer,
        double teacherMomentum) {
    public OptimizerConfig {
        Check.positive("optimizer.learningRate", learningRate);
        Check.notNegative("optimizer.minLearningRate", minLearningRate);
        Check.notNegative("optimizer.warmupEpochs", warmupEpochs);
        Check.notNegative("optimizer.weightDecay", weightDecay);
        Check.notNegative("optimizer.weightDecayEnd", weightDecayEnd);
        Check.notNegative("optimizer.clipGradient", clipGradient);
        Check.notNegative("optimizer.freezeLastLayer", freezeLastLayer);
        Check.unit("optimizer.teacherMomentum", teacherMomentum);
    }
}
