package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Residual;
import attmask.tensor.Tensor;

/** {@link Residual}, elementwise. */
final class ReferenceResidual extends Residual {
    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor branch, Tensor keep) {
        double[] sum = read(x);
        double[] scaled = scaled(branch, keep);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += scaled[i];
        }
        write(y, sum);
    }

    @Override
    protected void computeBackward(Tensor dbranch, Tensor dy, Tensor keep) {
        write(dbranch, scaled(dy, keep));
    }

    private static double[] scaled(Tensor tensor, Tensor keep) {
        double[] values = read(tensor);
        if (keep != null) {
            double[] factor = read(keep);
            int perImage = values.length / factor.length;
            for (int i = 0; i < values.length; i++) {
                values[i] *= factor[i / perImage];
            }
        }
        return values;
    }
}
