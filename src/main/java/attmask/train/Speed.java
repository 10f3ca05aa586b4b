package attmask.train;

/** Source images a second over the last steps, the first ones (compilation) left out as soon as there are others. */
final class Speed {
    private static final int WINDOW = 32;

    private final long[] nanos = new long[WINDOW];
    private final int batch;
    private int steps;

    Speed(int batch) {
        this.batch = batch;
    }

    /** A step took so long, data loading included. */
    void add(long stepNanos) {
        nanos[steps++ % WINDOW] = stepNanos;
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
