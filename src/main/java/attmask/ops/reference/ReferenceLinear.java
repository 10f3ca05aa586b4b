package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Linear;
import attmask.tensor.Tensor;

/** {@link Linear} as three nested loops. */
final class ReferenceLinear extends Linear {
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
