package attmask.ops;

import attmask.tensor.DType;
import attmask.tensor.Tensor;

/**
 * Self-distillation loss of DINO and iBOT with its gradient, row by row. With the teacher's p_j = softmax((t_j − center)
 * / teacherTemp) and the student's log q_i = log-softmax(s_i / studentTemp), row i costs w_i · Σ_j −Σ_k p_jk · log q_ik
 * over its teacher rows j.
 *
 * <p>Shapes: student, dstudent (R, K); teacher (Q, K); pairs (R, P) of teacher rows, −1 for none; weights (R);
 * center (K elements); rowLoss, rowEntropy (R). student and dstudent are activations, the rest is real: the teacher's low
 * temperature would multiply an activation's rounding.
 */
public abstract class DistillationCrossEntropy {
    /** Softmax temperatures of the two networks. */
    public record Temperatures(double teacher, double student) {
        public Temperatures {
            if (!(teacher > 0 && student > 0)) {
                throw new IllegalArgumentException(
                        "temperatures must be positive: teacher " + teacher + ", student " + student);
            }
        }
    }

    /**
     * rowLoss[i] ← the cost above; rowEntropy[i] ← the mean of −Σ p·log p over its teacher rows (0 with none);
     * dstudent[i] ← w_i/studentTemp · Σ_j (q_i − p_j). dstudent may be the same tensor as student.
     */
    public final void forwardBackward(
            Tensor rowLoss,
            Tensor rowEntropy,
            Tensor dstudent,
            Tensor student,
            Tensor teacher,
            Tensor pairs,
            Tensor weights,
            Tensor center,
            Temperatures temperatures) {
        String op = "distillation_cross_entropy";
        int rows = student.rowCount();
        int width = student.dim(-1);
        Require.rows(op, "dstudent", dstudent, rows, width);
        Require.alike(op, "dstudent", dstudent, student);
        Require.rows(op, "teacher", teacher, teacher.rowCount(), width);
        Require.shape(op, "pairs", pairs, rows, pairs.dim(-1));
        Require.type(op, "pairs", pairs, DType.I32);
        Require.count(op, "weights", weights, rows);
        Require.count(op, "row loss", rowLoss, rows);
        Require.count(op, "row entropy", rowEntropy, rows);
        Require.count(op, "center", center, width);
        if (rows > 0) {
            compute(rowLoss, rowEntropy, dstudent, student, teacher, pairs, weights, center, temperatures);
        }
    }

    protected abstract void compute(
            Tensor rowLoss,
            Tensor rowEntropy,
            Tensor dstudent,
            Tensor student,
            Tensor teacher,
            Tensor pairs,
            Tensor weights,
            Tensor center,
            Temperatures temperatures);
}
