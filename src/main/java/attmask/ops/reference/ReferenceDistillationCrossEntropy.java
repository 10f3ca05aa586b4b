package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.readInts;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Tensor;
import java.util.Arrays;

/** {@link DistillationCrossEntropy}, one student row after another. */
final class ReferenceDistillationCrossEntropy extends DistillationCrossEntropy {
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
        int rows = student.rowCount();
        int perRow = pairs.dim(-1);
        double[] s = read(student);
        double[] t = read(teacher);
        double[] shift = read(center);
        double[] weight = read(weights);
        int[] teachers = readInts(pairs);
        double[] loss = new double[rows];
        double[] entropy = new double[rows];
        double[] gradient = new double[s.length];
        for (int i = 0; i < rows; i++) {
            double[] q = Arrays.copyOfRange(s, i * width, (i + 1) * width);
            double lse = ReferenceSoftmax.softmax(q, 0, width, new double[width], temperatures.student());
            int found = 0;
            for (int pair = 0; pair < perRow; pair++) {
                int j = teachers[i * perRow + pair];
                if (j < 0) {
                    continue;
                }
                found++;
                double[] p = Arrays.copyOfRange(t, j * width, (j + 1) * width);
                ReferenceSoftmax.softmax(p, 0, width, shift, temperatures.teacher());
                for (int k = 0; k < width; k++) {
                    double logQ = s[i * width + k] / temperatures.student() - lse;
                    loss[i] -= weight[i] * p[k] * logQ;
                    entropy[i] -= p[k] > 0 ? p[k] * Math.log(p[k]) : 0;
                    gradient[i * width + k] += weight[i] / temperatures.student() * (q[k] - p[k]);
                }
            }
            entropy[i] /= Math.max(1, found);
        }
        write(rowLoss, loss);
        write(rowEntropy, entropy);
        write(dstudent, gradient);
    }
}
