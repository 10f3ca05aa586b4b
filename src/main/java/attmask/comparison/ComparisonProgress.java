package attmask.comparison;

import attmask.train.Durations;
import attmask.train.ProgressView;

/** Shows a run's progress with its place among all runs, and the time left over all of them. */
final class ComparisonProgress implements ProgressView {
    private final ProgressView view;
    private final long start = System.nanoTime();
    private long stepsLeft;
    private long stepsDone;
    private String place = "";

    /** @param stepsLeft of all runs */
    ComparisonProgress(ProgressView view, long stepsLeft) {
        this.view = view;
        this.stepsLeft = stepsLeft;
    }

    /** A run begins, the {@code number}th of {@code count}. */
    void run(int number, int count, PlannedRun run) {
        place = "[" + number + "/" + count + " " + run.name() + "] ";
        view.note(place
                + (stepsDone == 0
                        ? "begins"
                        : "begins; about " + Durations.text(secondsLeft()) + " left for all runs"));
    }

    /** From what all of it took so far, evaluations included. */
    private double secondsLeft() {
        return stepsDone == 0 ? 0 : (System.nanoTime() - start) / 1e9 / stepsDone * stepsLeft;
    }

    @Override
    public void epoch(int epoch, int epochs, int first, int steps) {
        view.epoch(epoch, epochs, first, steps);
    }

    @Override
    public void step(int done, double loss, double imagesPerSecond, double secondsLeftOfRun) {
        stepsDone++;
        stepsLeft--;
        view.step(done, loss, imagesPerSecond, secondsLeft());
    }

    @Override
    public void note(String line) {
        view.note(place + line);
    }

    @Override
    public void close() {
        view.close();
    }
}
