package attmask.ops.cpu;

import attmask.ops.Ema;
import attmask.tensor.Tensor;

/** {@link Ema} by chunks. */
final class CpuEma extends Ema {
    private final Workers workers;

    CpuEma(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void compute(Tensor average, Tensor value, double momentum) {
        float keep = (float) momentum;
        float take = (float) (1 - momentum);
        workers.flat(average.count(), (from, count, scratch) -> {
            float[] old = scratch.floats(0, count);
            float[] fresh = scratch.floats(1, count);
            Floats.of(average).get(from, old, 0, count);
            Floats.of(value).get(from, fresh, 0, count);
            blend(old, fresh, keep, take, count);
            Floats.of(average).put(from, old, 0, count);
        });
    }

    private static void blend(float[] old, float[] fresh, float keep, float take, int count) {
        for (int i = 0; i < count; i++) {
            old[i] = keep * old[i] + take * fresh[i];
        }
    }
}
