package attmask.optim;

/** A value that changes with the step or with the epoch. */
public interface Schedule {
    /** Number of steps, or of epochs, that the schedule covers. */
    int length();

    /**
     * Value at a step, or at an epoch, counted from 0.
     *
     * @throws IndexOutOfBoundsException outside 0 to {@link #length()} − 1
     */
    double at(int index);
}
