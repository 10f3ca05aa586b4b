package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.L1Loss;
import attmask.tensor.Tensor;

/** {@link L1Loss}, number by number. */
final class ReferenceL1Loss extends L1Loss {
    @Override
    protected void compute(Tensor rowLoss, Tensor dx, Tensor x, Tensor target, double scale) {
        int width = x.dim(-1);
        double[] values = read(x);
        double[] targets = read(target);
        double[] losses = new double[x.rowCount()];
        for (int i = 0; i < values.length; i++) {
            double difference = values[i] - targets[i];
            losses[i / width] += scale * Math.abs(difference);
            values[i] = scale * (difference > 0 ? 1 : difference < 0 ? -1 : 0);
        }
        write(rowLoss, losses);
        write(dx, values);
    }
}
