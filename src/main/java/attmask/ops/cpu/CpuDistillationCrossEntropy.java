package attmask.ops.cpu;

import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Tensor;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * {@link DistillationCrossEntropy}: first each teacher row's log-sum-exp and entropy, once, however many student rows
 * meet it; then the student's rows, for which Σ_j p_j is all that loss and gradient need of the teacher.
 */
final class CpuDistillationCrossEntropy extends DistillationCrossEntropy {
    private final Workers workers;
    private float[] teacherLogSum = new float[0];
    private float[] teacherEntropy = new float[0];

    CpuDistillationCrossEntropy(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void compute(
            Tensor rowLoss,
            Tensor rowEntropy,
            Tensor dstudent,
            Tensor student,
            Tensor teacher,
            Tensor pairs,
            Tensor weights,
            Tensor center,
            Temperatures temperatures) {
        int width = student.dim(-1);
        float sharpness = (float) (1 / temperatures.teacher());
        measureTeacher(teacher, center, width, sharpness);
        IntBuffer pairOf = (IntBuffer) pairs.handle();
        int most = pairs.dim(-1);
        float inverse = (float) (1 / temperatures.student());
        workers.rows(student.rowCount(), width, (from, rows, scratch) -> {
            float[] shift = scratch.floats(3, width);
            Floats.of(center).get(0, shift, 0, width);
            for (int row = from; row < from + rows; row++) {
                float[] target = scratch.floats(0, width);
                int teachers = 0;
                float entropy = 0;
                Arrays.fill(target, 0, width, 0f);
                for (int j = 0; j < most; j++) {
                    int t = pairOf.get(row * most + j);
                    if (t >= 0) {
                        addProbabilities(target, teacher, t, shift, sharpness, width, scratch);
                        entropy += teacherEntropy[t];
                        teachers++;
                    }
                }
                float weight = Floats.of(weights).get(row);
                float loss = studentRow(dstudent, student, row, target, teachers, weight, inverse, width, scratch);
                Floats.of(rowLoss).put(row, weight * loss);
                Floats.of(rowEntropy).put(row, teachers == 0 ? 0f : entropy / teachers);
            }
        });
    }

    private void measureTeacher(Tensor teacher, Tensor center, int width, float sharpness) {
        int rows = teacher.rowCount();
        if (teacherLogSum.length < rows) {
            teacherLogSum = new float[rows];
            teacherEntropy = new float[rows];
        }
        workers.rows(rows, width, (from, count, scratch) -> {
            float[] z = scratch.floats(0, width);
            float[] e = scratch.floats(1, width);
            float[] shift = scratch.floats(2, width);
            Floats.of(center).get(0, shift, 0, width);
            for (int row = from; row < from + count; row++) {
                Floats.of(teacher).get((long) row * width, z, 0, width);
                CpuSoftmax.subtract(z, shift, width);
                float max = RowMath.max(z, 0, width);
                CpuSoftmax.shiftAndScale(z, max, sharpness, width);
                System.arraycopy(z, 0, e, 0, width);
                scratch.exponential.apply(e, 0, width);
                float sum = RowMath.sum(e, 0, width);
                float logSum = (float) Math.log(sum);
                // log p = z − logSum with z relative to the largest, so H = logSum − Σ p·z.
                teacherEntropy[row] = logSum - RowMath.dot(e, 0, z, 0, width) / sum;
                teacherLogSum[row] = max * sharpness + logSum;
            }
        });
    }

    /** target ← target + the probabilities of teacher row {@code row}. */
    private void addProbabilities(
            float[] target, Tensor teacher, int row, float[] center, float sharpness, int width, Scratch scratch) {
        if (row >= teacher.rowCount()) {
            throw new IndexOutOfBoundsException(
                    "distillation_cross_entropy: pair " + row + " is outside the rows of teacher " + teacher.shape());
        }
        float[] p = scratch.floats(1, width);
        Floats.of(teacher).get((long) row * width, p, 0, width);
        logProbabilities(p, center, sharpness, teacherLogSum[row], width);
        scratch.exponential.apply(p, 0, width);
        ColumnSums.addRow(target, 0, p, 0, width);
    }

    private static void logProbabilities(float[] t, float[] center, float sharpness, float logSum, int count) {
        for (int i = 0; i < count; i++) {
            t[i] = (t[i] - center[i]) * sharpness - logSum;
        }
    }

    /** Writes the row's gradient and returns its unweighted loss, −Σ target · log q. */
    private static float studentRow(
            Tensor dstudent,
            Tensor student,
            int row,
            float[] target,
            int teachers,
            float weight,
            float inverse,
            int width,
            Scratch scratch) {
        float[] z = scratch.floats(1, width);
        float[] e = scratch.floats(2, width);
        Floats.of(student).get((long) row * width, z, 0, width);
        CpuSoftmax.shiftAndScale(z, RowMath.max(z, 0, width), inverse, width);
        System.arraycopy(z, 0, e, 0, width);
        scratch.exponential.apply(e, 0, width);
        float sum = RowMath.sum(e, 0, width);
        float loss = (float) Math.log(sum) * RowMath.sum(target, 0, width) - RowMath.dot(target, 0, z, 0, width);
        gradient(e, target, teachers / sum, weight * inverse, width);
        Floats.of(dstudent).put((long) row * width, e, 0, width);
        return loss;
    }

    /** e ← scale · (share·e − target), with share·e the student's probabilities, once for each teacher row. */
    private static void gradient(float[] e, float[] target, float share, float scale, int count) {
        for (int i = 0; i < count; i++) {
            e[i] = scale * (share * e[i] - target[i]);
        }
    }
}
