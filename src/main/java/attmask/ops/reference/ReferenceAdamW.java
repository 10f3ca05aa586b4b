package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.AdamW;
import attmask.tensor.Tensor;
import java.util.List;

/** {@link AdamW}, one parameter after another. */
final class ReferenceAdamW extends AdamW {
    @Override
    protected void compute(
            Tensor parameters,
            Tensor gradients,
            Tensor first,
            Tensor second,
            List<Update> updates,
            double learningRate,
            Betas betas) {
        double[] p = read(parameters);
        double[] g = read(gradients);
        double[] m = read(first);
        double[] v = read(second);
        for (Update update : updates) {
            if (update.step() == 0) {
                continue;
            }
            double rate = learningRate * update.rate();
            double correction1 = 1 - Math.pow(betas.first(), update.step());
            double correction2 = 1 - Math.pow(betas.second(), update.step());
            int start = (int) update.segment().offset();
            for (int i = start; i < start + update.segment().length(); i++) {
                p[i] *= 1 - rate * update.decay();
                m[i] = betas.first() * m[i] + (1 - betas.first()) * g[i];
                v[i] = betas.second() * v[i] + (1 - betas.second()) * g[i] * g[i];
                double denominator = Math.sqrt(v[i]) / Math.sqrt(correction2) + betas.epsilon();
                p[i] -= rate / correction1 * m[i] / denominator;
            }
        }
        write(parameters, p);
        write(first, m);
        write(second, v);
    }
}
