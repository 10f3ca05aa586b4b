package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Sgd;
import attmask.tensor.Tensor;
import java.util.List;

/** {@link Sgd}, one segment after another. */
final class ReferenceSgd extends Sgd {
    @Override
    protected void compute(
            Tensor parameters, Tensor gradients, Tensor velocity, List<Update> updates, double momentum) {
        double[] p = read(parameters);
        double[] g = read(gradients);
        double[] v = read(velocity);
        for (Update update : updates) {
            int start = (int) update.segment().offset();
            for (int i = start; i < start + update.segment().length(); i++) {
                v[i] = momentum * v[i] + g[i];
                p[i] -= update.rate() * v[i];
            }
        }
        write(parameters, p);
        write(velocity, v);
    }
}
