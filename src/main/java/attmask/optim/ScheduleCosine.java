package attmask.optim;

import java.util.Objects;

/**
 * Linear warm-up from 0, then half a cosine (DINO's cosine_scheduler).
 *
 * <p>With w warm-up steps of n: step i &lt; w has base · i / (w − 1), so that the last warm-up step has the full value and
 * so has the first after it; a warm-up of one step has 0. The step w + j has
 * end + (base − end) / 2 · (1 + cos(π j / (n − w))), which comes close to the end and does not reach it.
 *
 * @param length n, all steps
 * @param warmup w, steps of the warm-up; 0 for none
 * @param base value after the warm-up
 * @param end value that the cosine ends at
 */
public record ScheduleCosine(int length, int warmup, double base, double end) implements Schedule {
    public ScheduleCosine {
        if (warmup < 0 || warmup > length) {
            throw new IllegalArgumentException("warm-up of " + warmup + " steps in a schedule of " + length);
        }
    }

    /** Half a cosine without a warm-up. */
    public ScheduleCosine(int length, double base, double end) {
        this(length, 0, base, end);
    }

    @Override
    public double at(int step) {
        Objects.checkIndex(step, length);
        if (step >= warmup) {
            int done = step - warmup;
            return end + 0.5 * (base - end) * (1 + Math.cos(Math.PI * done / (length - warmup)));
        }
        if (step == 0) {
            return 0;
        }
        return step == warmup - 1 ? base : step * (base / (warmup - 1));
    }
}
