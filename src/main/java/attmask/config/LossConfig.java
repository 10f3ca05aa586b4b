package attmask.config;

/**
 * Weights and temperatures of the two losses.
 *
 * @param clsWeight λ1, of the cross-view [CLS] loss
 * @param patchWeight λ2, of the masked-patch loss; 0 makes it DINO
 * @param studentTemp student temperature
 * @param warmupTeacherTemp teacher temperature at epoch 0, for [CLS]
 * @param teacherTemp and after the warm-up
 * @param warmupTeacherPatchTemp the same for patches
 * @param teacherPatchTemp the same for patches
 * @param warmupTeacherTempEpochs length of the linear warm-up of both
 * @param centerMomentum EMA momentum of both centers
 */
public record LossConfig(
        double clsWeight,
        double patchWeight,
        double studentTemp,
        double warmupTeacherTemp,
        double teacherTemp,
        double warmupTeacherPatchTemp,
        double teacherPatchTemp,
        int warmupTeacherTempEpochs,
        double centerMomentum) {
    public LossConfig {
        Check.notNegative("loss.clsWeight", clsWeight);
        Check.notNegative("loss.patchWeight", patchWeight);
        Check.that(clsWeight + patchWeight > 0, "loss.clsWeight", clsWeight, "positive when loss.patchWeight is 0");
        Check.positive("loss.studentTemp", studentTemp);
        Check.positive("loss.warmupTeacherTemp", warmupTeacherTemp);
        Check.positive("loss.teacherTemp", teacherTemp);
        Check.positive("loss.warmupTeacherPatchTemp", warmupTeacherPatchTemp);
        Check.positive("loss.teacherPatchTemp", teacherPatchTemp);
        Check.notNegative("loss.warmupTeacherTempEpochs", warmupTeacherTempEpochs);
        Check.unit("loss.centerMomentum", centerMomentum);
    }
}
