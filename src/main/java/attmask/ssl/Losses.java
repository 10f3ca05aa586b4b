package attmask.ssl;

import java.util.Optional;

/**
 * What a step cost, and what tells whether it collapses.
 *
 * @param cls λ1 times the cross-view [CLS] loss
 * @param patch λ2 times iBOT's masked-patch loss
 * @param restoration weight times MST's restoration loss
 * @param teacherEntropy mean entropy of the teacher's [CLS] distributions, in nats; ln K is uniform, 0 one prototype
 * @param marginalEntropy entropy of their mean; low when all images fall on few prototypes
 * @param patchEntropy mean entropy of the teacher's patch distributions over masked tokens; 0 when none is masked
 * @param agreement share of images whose first crop's teacher and second crop's student choose the same prototype
 * @param maskedShare masked tokens over all patch tokens of the global crops
 * @param clusters the teacher's choice of prototype for each global crop
 */
public record Losses(
        double cls,
        double patch,
        double restoration,
        double teacherEntropy,
        double marginalEntropy,
        double patchEntropy,
        double agreement,
        double maskedShare,
        int[] clusters) {
    /** Which part is not a finite number, if any. */
    public Optional<String> nonFinite() {
        if (!Double.isFinite(cls)) {
            return Optional.of("loss.cls");
        }
        if (!Double.isFinite(patch)) {
            return Optional.of("loss.patch");
        }
        return Double.isFinite(restoration) ? Optional.empty() : Optional.of("loss.restoration");
    }

    /** What is minimised. */
    public double total() {
        return cls + patch + restoration;
    }
}
