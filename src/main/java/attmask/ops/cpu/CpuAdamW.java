package attmask.ops.cpu;

import attmask.ops.AdamW;
import attmask.tensor.Tensor;
import java.util.List;

/** {@link AdamW} by chunks of each parameter; coefficients in double precision, elements in float. */
final class CpuAdamW extends AdamW {
    private final Workers workers;

    CpuAdamW(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void compute(
            Tensor parameters,
            Tensor gradients,
            Tensor first,
            Tensor second,
            List<Update> updates,
            double learningRate,
            Betas betas) {
        SegmentChunks chunks =
                new SegmentChunks(updates.stream().map(Update::segment).toList());
        workers.each(chunks.count(), (chunk, scratch) -> {
            Update update = updates.get(chunks.segmentOf(chunk));
            if (update.step() == 0) {
                return;
            }
            long from = chunks.from(chunk);
            int count = chunks.size(chunk);
            float[] p = load(parameters, from, count, scratch, 0);
            float[] g = load(gradients, from, count, scratch, 1);
            float[] m = load(first, from, count, scratch, 2);
            float[] v = load(second, from, count, scratch, 3);
            average(m, g, (float) betas.first(), (float) (1 - betas.first()), count);
            averageSquare(v, g, (float) betas.second(), (float) (1 - betas.second()), count);
            double own = learningRate * update.rate();
            double rate = own / (1 - Math.pow(betas.first(), update.step()));
            double root = 1 / Math.sqrt(1 - Math.pow(betas.second(), update.step()));
            float shrink = (float) (1 - own * update.decay());
            move(p, m, v, shrink, (float) rate, (float) root, (float) betas.epsilon(), count);
            Floats.of(parameters).put(from, p, 0, count);
            Floats.of(first).put(from, m, 0, count);
            Floats.of(second).put(from, v, 0, count);
        });
    }

    private static float[] load(Tensor tensor, long from, int count, Scratch scratch, int slot) {
        float[] values = scratch.floats(slot, count);
        Floats.of(tensor).get(from, values, 0, count);
        return values;
    }

    private static void average(float[] m, float[] g, float keep, float take, int count) {
        for (int i = 0; i < count; i++) {
            m[i] = keep * m[i] + take * g[i];
        }
    }

    private static void averageSquare(float[] v, float[] g, float keep, float take, int count) {
        for (int i = 0; i < count; i++) {
            v[i] = keep * v[i] + take * g[i] * g[i];
        }
    }

    private static void move(
            float[] p, float[] m, float[] v, float shrink, float rate, float root, float epsilon, int count) {
        for (int i = 0; i < count; i++) {
            p[i] = p[i] * shrink - rate * m[i] / ((float) Math.sqrt(v[i]) * root + epsilon);
        }
    }
}
