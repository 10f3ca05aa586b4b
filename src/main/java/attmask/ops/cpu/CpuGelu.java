package attmask.ops.cpu;

import attmask.ops.Gelu;
import attmask.tensor.Tensor;

/**
 * {@link Gelu}. Forward uses the error function of Abramowitz and Stegun 7.1.26: for z ≥ 0, 1 − erf z = q = (a₁t + … +
 * a₅t⁵)·exp −z², t = 1/(1 + p·z), absolute error below 1.5e-7; with z = |x|/√2, y = (x + |x|·(1 − q))/2. (oneDNN's is
 * three times as fast, but 1.2e-6 off near 3.5.) Backward is oneDNN's, 3e-7 off at most, in chunks of
 * one size; the last chunk is padded in scratch memory.
 */
final class CpuGelu extends Gelu {
    /** p of the approximation over √2, so that it applies to |x|. */
    private static final float P = (float) (0.3275911 / Math.sqrt(2));

    private static final float A1 = 0.254829592f;
    private static final float A2 = -0.284496736f;
    private static final float A3 = 1.421413741f;
    private static final float A4 = -1.453152027f;
    private static final float A5 = 1.061405429f;
    private static final int BLOCK = Exponential.BLOCK;

    private final Workers workers;

    CpuGelu(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x) {
        workers.flat(x.count(), (from, count, scratch) -> {
            float[] values = scratch.floats(0, BLOCK);
            float[] bell = scratch.floats(1, BLOCK);
            for (int done = 0; done < count; done += BLOCK) {
                int size = Math.min(BLOCK, count - done);
                Floats.of(x).get(from + done, values, 0, size);
                exponent(bell, values, size);
                scratch.exponential.apply(bell, 0, size);
                forward(values, bell, size);
                Floats.of(y).put(from + done, values, 0, size);
            }
        });
    }

    /** bell ← −x²/2. */
    private static void exponent(float[] bell, float[] x, int count) {
        for (int i = 0; i < count; i++) {
            bell[i] = -0.5f * x[i] * x[i];
        }
    }

    private static void forward(float[] x, float[] bell, int count) {
        for (int i = 0; i < count; i++) {
            float size = Math.abs(x[i]);
            float t = 1f / (1f + P * size);
            float q = ((((A5 * t + A4) * t + A3) * t + A2) * t + A1) * t * bell[i];
            x[i] = 0.5f * (x[i] + size - size * q);
        }
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor x) {
        workers.flat(x.count(), (from, count, scratch) -> {
            Primitive gelu = scratch.primitives().geluBackward();
            if (count == Workers.CHUNK) {
                gelu.run(
                        Floats.of(x).at(from),
                        Floats.of(dy).at(from),
                        Floats.of(dx).at(from));
            } else {
                Floats values = padded(Floats.of(x), from, count, 0, scratch);
                Floats gradient = padded(Floats.of(dy), from, count, 1, scratch);
                gelu.run(values.at(0), gradient.at(0), gradient.at(0));
                unpad(Floats.of(dx), from, count, gradient, scratch);
            }
        });
    }

    /** A chunk in native scratch that begins with the given elements; what follows them does not matter. */
    private static Floats padded(Floats from, long at, int count, int slot, Scratch scratch) {
        Floats chunk = scratch.nativeFloats(slot, Workers.CHUNK);
        float[] values = scratch.floats(0, count);
        from.get(at, values, 0, count);
        chunk.put(0, values, 0, count);
        return chunk;
    }

    private static void unpad(Floats to, long at, int count, Floats chunk, Scratch scratch) {
        float[] values = scratch.floats(0, count);
        chunk.get(0, values, 0, count);
        to.put(at, values, 0, count);
    }
}
