package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.LayerNorm;
import attmask.tensor.Tensor;

/** {@link LayerNorm}, row by row. */
final class ReferenceLayerNorm extends LayerNorm {
    @Override
    protected void computeForward(
            Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        int width = x.dim(-1);
        int rows = x.rowCount();
        double[] in = read(x);
        double[] scale = read(gamma);
        double[] shift = read(beta);
        double[] out = new double[rows * width];
        double[] means = new double[rows];
        double[] rstds = new double[rows];
        for (int r = 0; r < rows; r++) {
            double sum = 0;
            for (int d = 0; d < width; d++) {
                sum += in[r * width + d];
            }
            means[r] = sum / width;
            double squares = 0;
            for (int d = 0; d < width; d++) {
                double centred = in[r * width + d] - means[r];
                squares += centred * centred;
            }
            rstds[r] = 1 / Math.sqrt(squares / width + epsilon);
            for (int d = 0; d < width; d++) {
                out[r * width + d] = scale[d] * (in[r * width + d] - means[r]) * rstds[r] + shift[d];
            }
        }
        write(y, out);
        write(mean, means);
        write(rstd, rstds);
    }

    @Override
    protected void computeForwardSum(
            Tensor y,
            Tensor mean,
            Tensor rstd,
            Tensor sum,
            Tensor x,
            Tensor branch,
            Tensor keep,
            Tensor gamma,
            Tensor beta,
            double epsilon) {
        double[] values = read(x);
        double[] added = kept(read(branch), keep);
        for (int i = 0; i < values.length; i++) {
            values[i] += added[i];
        }
        write(sum, values);
        computeForward(y, mean, rstd, sum, gamma, beta, epsilon);
    }

    @Override
    protected void computeBackward(
            Tensor dx,
            Tensor dbranch,
            Tensor keep,
            Tensor dgamma,
            Tensor dbeta,
            Tensor dy,
            Tensor x,
            Tensor mean,
            Tensor rstd,
            Tensor gamma) {
        int width = x.dim(-1);
        int rows = x.rowCount();
        double[] in = read(x);
        double[] g = read(dy);
        double[] means = read(mean);
        double[] rstds = read(rstd);
        double[] scale = read(gamma);
        double[] dscale = read(dgamma);
        double[] dshift = read(dbeta);
        double[] out = read(dx);
        for (int r = 0; r < rows; r++) {
            double meanG = 0;
            double meanGx = 0;
            for (int d = 0; d < width; d++) {
                int i = r * width + d;
                double normed = (in[i] - means[r]) * rstds[r];
                dscale[d] += g[i] * normed;
                dshift[d] += g[i];
                meanG += scale[d] * g[i] / width;
                meanGx += scale[d] * g[i] * normed / width;
            }
            for (int d = 0; d < width; d++) {
                int i = r * width + d;
                double normed = (in[i] - means[r]) * rstds[r];
                out[i] += rstds[r] * (scale[d] * g[i] - meanG - normed * meanGx);
            }
        }
        write(dx, out);
        write(dgamma, dscale);
        write(dbeta, dshift);
        if (dbranch != null) {
            write(dbranch, kept(out, keep));
        }
    }

    /** keep[b] · values. */
    private static double[] kept(double[] values, Tensor keep) {
        if (keep == null) {
            return values;
        }
        double[] factors = read(keep);
        double[] scaled = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            scaled[i] = factors[i / (values.length / factors.length)] * values[i];
        }
        return scaled;
    }
}
