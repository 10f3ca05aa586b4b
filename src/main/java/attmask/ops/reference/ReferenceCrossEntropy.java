package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.CrossEntropy;
import attmask.tensor.Tensor;
import java.util.Arrays;

/** {@link CrossEntropy}, one row after another. */
final class ReferenceCrossEntropy extends CrossEntropy {
    @Override
    protected void compute(Tensor rowLoss, Tensor dlogits, Tensor logits, Tensor targets, double weight) {
        int rows = logits.rowCount();
        int classes = logits.dim(-1);
        int shared = rows / targets.rowCount();
        double[] z = read(logits);
        double[] t = read(targets);
        double[] loss = new double[rows];
        double[] gradient = new double[z.length];
        for (int i = 0; i < rows; i++) {
            double[] p = Arrays.copyOfRange(z, i * classes, (i + 1) * classes);
            double lse = ReferenceSoftmax.softmax(p, 0, classes, new double[classes], 1);
            int target = i / shared * classes;
            double total = 0;
            for (int c = 0; c < classes; c++) {
                total += t[target + c];
                loss[i] -= weight * t[target + c] * (z[i * classes + c] - lse);
            }
            for (int c = 0; c < classes; c++) {
                gradient[i * classes + c] = weight * (total * p[c] - t[target + c]);
            }
        }
        write(rowLoss, loss);
        write(dlogits, gradient);
    }
}
