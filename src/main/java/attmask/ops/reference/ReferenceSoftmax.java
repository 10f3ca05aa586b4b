package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Softmax;
import attmask.tensor.Tensor;

/** {@link Softmax}, row by row. */
final class ReferenceSoftmax extends Softmax {
    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor center, double temperature) {
        int width = x.dim(-1);
        double[] values = read(x);
        double[] shift = center == null ? new double[width] : read(center);
        for (int row = 0; row < values.length; row += width) {
            softmax(values, row, width, shift, temperature);
        }
        write(y, values);
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor y, double temperature) {
        int width = y.dim(-1);
        double[] p = read(y);
        double[] g = read(dy);
        double[] out = new double[p.length];
        for (int row = 0; row < p.length; row += width) {
            double dot = 0;
            for (int k = 0; k < width; k++) {
                dot += p[row + k] * g[row + k];
            }
            for (int k = 0; k < width; k++) {
                out[row + k] = p[row + k] * (g[row + k] - dot) / temperature;
            }
        }
        write(dx, out);
    }

    /**
     * Replaces one row with softmax((row − center) / temperature).
     *
     * @return the log-sum-exp of (row − center) / temperature
     */
    static double softmax(double[] values, int row, int width, double[] center, double temperature) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < width; k++) {
            values[row + k] = (values[row + k] - center[k]) / temperature;
            largest = Math.max(largest, values[row + k]);
        }
        double sum = 0;
        for (int k = 0; k < width; k++) {
            values[row + k] = Math.exp(values[row + k] - largest);
            sum += values[row + k];
        }
        for (int k = 0; k < width; k++) {
            values[row + k] /= sum;
        }
        return largest + Math.log(sum);
    }
}
