package attmask.config;

import java.util.Locale;

/**
 * What is learned from: method, weights and temperatures of the losses.
 *
 * @param method decides which losses there are; their weights say the rest
 * @param clsWeight λ1, of the cross-view [CLS] loss
 * @param patchWeight λ2, of iBOT's masked-patch loss; 0 makes it DINO
 * @param restorationWeight of MST's restoration loss
 * @param studentTemp student temperature
 * @param warmupTeacherTemp teacher temperature at epoch 0, for [CLS]
 * @param teacherTemp and after the warm-up
 * @param warmupTeacherPatchTemp the same for patches
 * @param teacherPatchTemp the same for patches
 * @param warmupTeacherTempEpochs length of the linear warm-up of both
 * @param centerMomentum EMA momentum of both centers
 */
public record LossConfig(
        Method method,
        double clsWeight,
        double patchWeight,
        double restorationWeight,
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
        Check.notNegative("loss.restorationWeight", restorationWeight);
        Check.that(
                patchWeight == 0 || method == Method.IBOT,
                "loss.patchWeight",
                patchWeight,
                "0 with loss.method " + name(method) + ", or take loss.method ibot");
        Check.that(
                restorationWeight == 0 || method == Method.MST,
                "loss.restorationWeight",
                restorationWeight,
                "0 with loss.method " + name(method) + ", or take loss.method mst");
        Check.that(
                restorationWeight > 0 || method != Method.MST,
                "loss.restorationWeight",
                restorationWeight,
                "positive with loss.method mst, or take loss.method dino");
        Check.that(
                clsWeight + patchWeight + restorationWeight > 0,
                "loss.clsWeight",
                clsWeight,
                "positive when loss.patchWeight is 0");
        Check.positive("loss.studentTemp", studentTemp);
        Check.positive("loss.warmupTeacherTemp", warmupTeacherTemp);
        Check.positive("loss.teacherTemp", teacherTemp);
        Check.positive("loss.warmupTeacherPatchTemp", warmupTeacherPatchTemp);
        Check.positive("loss.teacherPatchTemp", teacherPatchTemp);
        Check.notNegative("loss.warmupTeacherTempEpochs", warmupTeacherTempEpochs);
        Check.unit("loss.centerMomentum", centerMomentum);
    }

    /** iBOT's. */
    public LossConfig(
            double clsWeight,
            double patchWeight,
            double studentTemp,
            double warmupTeacherTemp,
            double teacherTemp,
            double warmupTeacherPatchTemp,
            double teacherPatchTemp,
            int warmupTeacherTempEpochs,
            double centerMomentum) {
        this(
                Method.IBOT,
                clsWeight,
                patchWeight,
                0,
                studentTemp,
                warmupTeacherTemp,
                teacherTemp,
                warmupTeacherPatchTemp,
                teacherPatchTemp,
                warmupTeacherTempEpochs,
                centerMomentum);
    }

    private static String name(Method method) {
        return method.name().toLowerCase(Locale.ROOT);
    }
}
