package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Ema;
import attmask.tensor.Tensor;

/** {@link Ema}, elementwise. */
final class ReferenceEma extends Ema {
    @Override
    protected void compute(Tensor average, Tensor value, double momentum) {
        double[] a = read(average);
        double[] x = read(value);
        for (int i = 0; i < a.length; i++) {
            a[i] = momentum * a[i] + (1 - momentum) * x[i];
        }
        write(average, a);
    }
}
