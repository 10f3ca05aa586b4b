package attmask.optim;

import java.util.Objects;

/**
 * A straight line, then constant: the teacher's temperature by epoch (DINO).
 *
 * <p>Index i &lt; warmup has start + (end − start) · i / (warmup − 1), which reaches the end at warmup − 1; a warm-up of one
 * has the start. A warm-up longer than the schedule is cut off.
 *
 * @param length number of values
 * @param warmup number of values on the line; 0 for none
 * @param start value at 0
 * @param end value after the warm-up
 */
public record ScheduleLinear(int length, int warmup, double start, double end) implements Schedule {
    public ScheduleLinear {
        if (warmup < 0) {
            throw new IllegalArgumentException("warm-up of " + warmup);
        }
    }

    @Override
    public double at(int index) {
        Objects.checkIndex(index, length);
        if (index >= warmup || (index == warmup - 1 && index > 0)) {
            return end;
        }
        return index == 0 ? start : start + index * ((end - start) / (warmup - 1));
    }
}
