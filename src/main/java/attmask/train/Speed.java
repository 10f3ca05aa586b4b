package attmask.train;

import java.util.Arrays;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.descriptive.rank.Min;

/** Source images a second over the last steps, the first ones (compilation) left out as soon as there are others. */
final class Speed {
    private static final int WINDOW = 32;

    private final long[] nanos = new long[WINDOW];
    private final long[] epoch;
    private final int batch;
    private int steps;
    private int epochSteps;

    Speed(int batch, int stepsPerEpoch) {
        this.batch = batch;
        this.epoch = new long[stepsPerEpoch];
    }

    /** A step took so long, data loading included. */
    void add(long stepNanos) {
        nanos[steps++ % WINDOW] = stepNanos;
        epoch[epochSteps++] = stepNanos;
    }

    /** Ends an epoch: the times of its steps. */
    StepTimes endEpoch() {
        double[] millis = Arrays.stream(epoch, 0, epochSteps)
                .mapToDouble(step -> step / 1e6)
                .toArray();
        epochSteps = 0;
        return new StepTimes(new Median().evaluate(millis), new Min().evaluate(millis));
    }

    double secondsPerStep() {
        int known = Math.min(steps, WINDOW);
        int from = steps > 1 && steps <= WINDOW ? 1 : 0;
        long sum = 0;
        for (int i = from; i < known; i++) {
            sum += nanos[i];
        }
        return known == from ? 0 : sum / 1e9 / (known - from);
    }

    double imagesPerSecond() {
        double seconds = secondsPerStep();
        return seconds == 0 ? 0 : batch / seconds;
    }
}
