package attmask.data;

import attmask.random.RandomStream;

/** The numbers from {@code min} to {@code max}, to draw from uniformly. */
public record Interval(double min, double max) {
    /** @throws IllegalArgumentException unless min ≤ max, both finite */
    public Interval {
        if (!(min <= max) || Double.isInfinite(min) || Double.isInfinite(max)) {
            throw new IllegalArgumentException("interval from " + min + " to " + max);
        }
    }

    /** A uniform draw; always consumes the same share of the stream. */
    public double draw(RandomStream random) {
        return random.uniform(min, max);
    }
}
