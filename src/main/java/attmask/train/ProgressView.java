package attmask.train;

/** What a person sees while a run trains. */
public interface ProgressView extends AutoCloseable {
    /** An epoch begins, at its step {@code first} of {@code steps}. */
    void epoch(int epoch, int epochs, int first, int steps);

    /**
     * A step is done.
     *
     * @param done steps of the epoch done
     * @param loss its loss
     * @param imagesPerSecond source images a second, over the last steps
     * @param secondsLeft of the whole run, at that speed
     */
    void step(int done, double loss, double imagesPerSecond, double secondsLeft);

    /** A line that stays. */
    void note(String line);

    @Override
    void close();
}
