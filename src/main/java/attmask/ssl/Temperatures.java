package attmask.ssl;

import attmask.ops.DistillationCrossEntropy;

/** Softmax temperatures of a step: the teacher's for [CLS] and for patches, and the student's. */
public record Temperatures(double teacher, double teacherPatch, double student) {
    DistillationCrossEntropy.Temperatures cls() {
        return new DistillationCrossEntropy.Temperatures(teacher, student);
    }

    DistillationCrossEntropy.Temperatures patch() {
        return new DistillationCrossEntropy.Temperatures(teacherPatch, student);
    }
}
