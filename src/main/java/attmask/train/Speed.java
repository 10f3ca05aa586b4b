package attmask.train;

import java.util.Arrays;
import org.apache.commons.math3.stat.descriptive.rank.Median;

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

    /** Ends an epoch: the median of its steps, in milliseconds, which a machine busy now and then moves little. */
    double endEpochMedianMillis() {
        double median = new Median()
                .evaluate(Arrays.stream(epoch, 0, epochSteps).asDoubleStream().toArray());
        epochSteps = 0;
        return median / 1e6;
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
