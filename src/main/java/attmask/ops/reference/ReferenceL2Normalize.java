package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.L2Normalize;
import attmask.tensor.Tensor;

/** {@link L2Normalize}, row by row. */
final class ReferenceL2Normalize extends L2Normalize {
    @Override
    protected void computeForward(Tensor y, Tensor norm, Tensor x) {
        int width = x.dim(-1);
        double[] values = read(x);
        double[] norms = new double[x.rowCount()];
        for (int r = 0; r < norms.length; r++) {
            double squares = 0;
            for (int d = 0; d < width; d++) {
                squares += values[r * width + d] * values[r * width + d];
            }
            norms[r] = Math.sqrt(squares);
            for (int d = 0; d < width; d++) {
                values[r * width + d] /= Math.max(norms[r], EPSILON);
            }
        }
        write(y, values);
        write(norm, norms);
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor y, Tensor norm) {
        int width = y.dim(-1);
        double[] unit = read(y);
        double[] g = read(dy);
        double[] norms = read(norm);
        for (int r = 0; r < norms.length; r++) {
            double dot = 0;
            for (int d = 0; d < width; d++) {
                dot += unit[r * width + d] * g[r * width + d];
            }
            boolean clamped = norms[r] < EPSILON;
            for (int d = 0; d < width; d++) {
                double along = clamped ? 0 : unit[r * width + d] * dot;
                g[r * width + d] = (g[r * width + d] - along) / Math.max(norms[r], EPSILON);
            }
        }
        write(dx, g);
    }
}
