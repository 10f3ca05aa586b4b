package attmask.train;

/**
 * Milliseconds that steps took. A machine that is busy now and then moves the median little, and a step that nothing
 * disturbed shows even on one that is busy all the time.
 */
public record StepTimes(double median, double fastest) {}
