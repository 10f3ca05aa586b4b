package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.WeightNorm;
import attmask.tensor.Tensor;

/** {@link WeightNorm}, row by row. */
final class ReferenceWeightNorm extends WeightNorm {
    @Override
    protected void computeForward(Tensor w, Tensor norm, Tensor v, Tensor g) {
        int width = v.dim(1);
        double[] values = read(v);
        double[] gain = read(g);
        double[] norms = new double[gain.length];
        for (int k = 0; k < gain.length; k++) {
            double squares = 0;
            for (int d = 0; d < width; d++) {
                squares += values[k * width + d] * values[k * width + d];
            }
            norms[k] = Math.sqrt(squares);
            for (int d = 0; d < width; d++) {
                values[k * width + d] *= gain[k] / norms[k];
            }
        }
        write(w, values);
        write(norm, norms);
    }

    @Override
    protected void computeBackward(Tensor dv, Tensor dg, Tensor dw, Tensor v, Tensor g, Tensor norm) {
        int width = v.dim(1);
        double[] values = read(v);
        double[] gain = read(g);
        double[] norms = read(norm);
        double[] grad = read(dw);
        double[] dvalues = read(dv);
        double[] dgain = dg == null ? new double[gain.length] : read(dg);
        for (int k = 0; k < gain.length; k++) {
            double along = 0;
            for (int d = 0; d < width; d++) {
                along += grad[k * width + d] * values[k * width + d] / norms[k];
            }
            dgain[k] += along;
            for (int d = 0; d < width; d++) {
                int i = k * width + d;
                dvalues[i] += gain[k] / norms[k] * (grad[i] - along * values[i] / norms[k]);
            }
        }
        write(dv, dvalues);
        if (dg != null) {
            write(dg, dgain);
        }
    }
}
