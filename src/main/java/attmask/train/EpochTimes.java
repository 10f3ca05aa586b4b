package attmask.train;

import java.util.Arrays;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.descriptive.rank.Min;

/** How long each step of an epoch took. */
final class EpochTimes {
    private final double[] millis;
    private int steps;

    EpochTimes(int stepsPerEpoch) {
        millis = new double[stepsPerEpoch];
    }

    /** A step took so long, data loading included. */
    void add(long nanos) {
        millis[steps++] = nanos / 1e6;
    }

    /** Ends the epoch; one that was continued knows its last steps only. */
    StepTimes end() {
        double[] taken = Arrays.copyOf(millis, steps);
        steps = 0;
        return new StepTimes(new Median().evaluate(taken), new Min().evaluate(taken));
    }
}
