package attmask.ops.cpu;

import attmask.ops.Gelu;
import attmask.tensor.Tensor;

/**
 * {@link Gelu} with the error function of Abramowitz and Stegun 7.1.26: for z ≥ 0, 1 − erf z = q = (a₁t + … + a₅t⁵)·exp
 * −z², t = 1/(1 + p·z), absolute error below 1.5e-7. With z = |x|/√2: y = (x + |x|·(1 − q))/2.
 */
final class CpuGelu extends Gelu {
    /** p of the approximation over √2, so that it applies to |x|. */
    private static final float P = (float) (0.3275911 / Math.sqrt(2));

    private static final float A1 = 0.254829592f;
    private static final float A2 = -0.284496736f;
    private static final float A3 = 1.421413741f;
    private static final float A4 = -1.453152027f;
    private static final float A5 = 1.061405429f;
    private static final float INVERSE_SQRT_2PI = (float) (1 / Math.sqrt(2 * Math.PI));
    /** Makes x/(|x| + tiny) the sign of x, and 0 at 0. */
    private static final float TINY = 1e-30f;

    private final Workers workers;

    CpuGelu(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x) {
        workers.flat(x.count(), (from, count, scratch) -> {
            float[] values = scratch.floats(0, count);
            float[] bell = scratch.floats(1, count);
            Floats.of(x).get(from, values, 0, count);
            bell(bell, values, count, scratch);
            forward(values, bell, count);
            Floats.of(y).put(from, values, 0, count);
        });
    }

    /** bell ← exp −x²/2. */
    private static void bell(float[] bell, float[] x, int count, Scratch scratch) {
        for (int i = 0; i < count; i++) {
            bell[i] = -0.5f * x[i] * x[i];
        }
        scratch.exponential.apply(bell, 0, count);
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
            float[] values = scratch.floats(0, count);
            float[] bell = scratch.floats(1, count);
            float[] gradient = scratch.floats(2, count);
            Floats.of(x).get(from, values, 0, count);
            Floats.of(dy).get(from, gradient, 0, count);
            bell(bell, values, count, scratch);
            backward(gradient, values, bell, count);
            Floats.of(dx).put(from, gradient, 0, count);
        });
    }

    private static void backward(float[] gradient, float[] x, float[] bell, int count) {
        for (int i = 0; i < count; i++) {
            float size = Math.abs(x[i]);
            float t = 1f / (1f + P * size);
            float q = ((((A5 * t + A4) * t + A3) * t + A2) * t + A1) * t * bell[i];
            float sign = x[i] / (size + TINY);
            gradient[i] *= 0.5f + 0.5f * sign * (1f - q) + x[i] * INVERSE_SQRT_2PI * bell[i];
        }
    }
}
