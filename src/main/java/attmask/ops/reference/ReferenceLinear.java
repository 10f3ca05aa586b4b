package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Linear;
import attmask.tensor.Tensor;
import org.apache.commons.math3.special.Erf;

/** {@link Linear} as three nested loops, its GELU with commons-math's erf. */
final class ReferenceLinear extends Linear {
    private static final double INVERSE_SQRT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor weight, Tensor bias) {
        int outputs = weight.dim(0);
        int inputs = weight.dim(1);
        int rows = x.rowCount();
        double[] in = read(x);
        double[] w = read(weight);
        double[] b = bias == null ? new double[outputs] : read(bias);
        double[] out = new double[rows * outputs];
        for (int r = 0; r < rows; r++) {
            for (int o = 0; o < outputs; o++) {
                double sum = b[o];
                for (int i = 0; i < inputs; i++) {
                    sum += in[r * inputs + i] * w[o * inputs + i];
                }
                out[r * outputs + o] = sum;
            }
        }
        write(y, out);
    }

    @Override
    protected void computeForwardGelu(Tensor y, Tensor hidden, Tensor x, Tensor weight, Tensor bias) {
        computeForward(hidden, x, weight, bias);
        double[] values = read(hidden);
        for (int i = 0; i < values.length; i++) {
            values[i] *= normalCdf(values[i]);
        }
        write(y, values);
    }

    @Override
    protected void computeBackwardInput(Tensor dx, Tensor dy, Tensor weight) {
        int outputs = weight.dim(0);
        int inputs = weight.dim(1);
        int rows = dy.rowCount();
        double[] g = read(dy);
        double[] w = read(weight);
        double[] out = new double[rows * inputs];
        for (int r = 0; r < rows; r++) {
            for (int o = 0; o < outputs; o++) {
                for (int i = 0; i < inputs; i++) {
                    out[r * inputs + i] += g[r * outputs + o] * w[o * inputs + i];
                }
            }
        }
        write(dx, out);
    }

    @Override
    protected void computeBackwardInputGelu(Tensor dhidden, Tensor dy, Tensor weight, Tensor hidden) {
        computeBackwardInput(dhidden, dy, weight);
        double[] h = read(hidden);
        double[] g = read(dhidden);
        for (int i = 0; i < h.length; i++) {
            double density = INVERSE_SQRT_TWO_PI * Math.exp(-h[i] * h[i] / 2);
            g[i] *= normalCdf(h[i]) + h[i] * density;
        }
        write(dhidden, g);
    }

    /** Φ(x) = erfc(−x/√2)/2, which keeps its digits where 1 + erf would cancel. */
    private static double normalCdf(double x) {
        return Erf.erfc(-x / Math.sqrt(2)) / 2;
    }

    @Override
    protected void computeBackwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x) {
        int outputs = dweight.dim(0);
        int inputs = dweight.dim(1);
        int rows = dy.rowCount();
        double[] g = read(dy);
        double[] in = read(x);
        double[] dw = read(dweight);
        double[] db = dbias == null ? new double[outputs] : read(dbias);
        for (int r = 0; r < rows; r++) {
            for (int o = 0; o < outputs; o++) {
                db[o] += g[r * outputs + o];
                for (int i = 0; i < inputs; i++) {
                    dw[o * inputs + i] += g[r * outputs + o] * in[r * inputs + i];
                }
            }
        }
        write(dweight, dw);
        if (dbias != null) {
            write(dbias, db);
        }
    }
}
