package attmask.ops.cpu;

import attmask.ops.Sgd;
import attmask.tensor.Tensor;
import java.util.List;

/** {@link Sgd} by chunks of each segment. */
final class CpuSgd extends Sgd {
    private final Workers workers;

    CpuSgd(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void compute(
            Tensor parameters, Tensor gradients, Tensor velocity, List<Update> updates, double momentum) {
        SegmentChunks chunks =
                new SegmentChunks(updates.stream().map(Update::segment).toList());
        workers.each(chunks.count(), (chunk, scratch) -> {
            long from = chunks.from(chunk);
            int count = chunks.size(chunk);
            float[] p = load(parameters, from, count, scratch, 0);
            float[] g = load(gradients, from, count, scratch, 1);
            float[] v = load(velocity, from, count, scratch, 2);
            move(
                    p,
                    v,
                    g,
                    (float) momentum,
                    (float) updates.get(chunks.segmentOf(chunk)).rate(),
                    count);
            Floats.of(parameters).put(from, p, 0, count);
            Floats.of(velocity).put(from, v, 0, count);
        });
    }

    private static float[] load(Tensor tensor, long from, int count, Scratch scratch, int slot) {
        float[] values = scratch.floats(slot, count);
        Floats.of(tensor).get(from, values, 0, count);
        return values;
    }

    private static void move(float[] p, float[] v, float[] g, float momentum, float rate, int count) {
        for (int i = 0; i < count; i++) {
            v[i] = momentum * v[i] + g[i];
            p[i] -= rate * v[i];
        }
    }
}
