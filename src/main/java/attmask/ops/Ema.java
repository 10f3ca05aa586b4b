package attmask.ops;

import attmask.tensor.Tensor;

/** Exponential moving average, elementwise: average ← m·average + (1 − m)·value. Teacher and centers follow it. */
public abstract class Ema {
    public final void update(Tensor average, Tensor value, double momentum) {
        Require.count("ema.update", "value", value, average.count());
        Require.that(momentum >= 0 && momentum <= 1, "ema.update", "momentum " + momentum + " is outside [0, 1]");
        compute(average, value, momentum);
    }

    protected abstract void compute(Tensor average, Tensor value, double momentum);
}
