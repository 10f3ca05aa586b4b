package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Gelu;
import attmask.tensor.Tensor;
import org.apache.commons.math3.special.Erf;

/** {@link Gelu} with commons-math's erf. */
final class ReferenceGelu extends Gelu {
    private static final double INVERSE_SQRT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);

    @Override
    protected void computeForward(Tensor y, Tensor x) {
        double[] values = read(x);
        for (int i = 0; i < values.length; i++) {
            values[i] *= normalCdf(values[i]);
        }
        write(y, values);
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor x) {
        double[] in = read(x);
        double[] g = read(dy);
        for (int i = 0; i < in.length; i++) {
            double density = INVERSE_SQRT_TWO_PI * Math.exp(-in[i] * in[i] / 2);
            g[i] *= normalCdf(in[i]) + in[i] * density;
        }
        write(dx, g);
    }

    /** Φ(x) = erfc(−x/√2)/2, which keeps its digits where 1 + erf would cancel. */
    private static double normalCdf(double x) {
        return Erf.erfc(-x / Math.sqrt(2)) / 2;
    }
}
