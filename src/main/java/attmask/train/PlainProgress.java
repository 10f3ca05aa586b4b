package attmask.train;

import java.io.PrintStream;
import java.time.Duration;

/** Progress as plain lines, one every ten seconds: for log files and pipes. */
final class PlainProgress implements ProgressView {
    private static final long NANOS_BETWEEN_LINES = Duration.ofSeconds(10).toNanos();

    private final PrintStream out;
    private String epoch = "";
    private int steps;
    private long last = System.nanoTime();

    PlainProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public void epoch(int number, int epochs, int first, int stepCount) {
        epoch = "epoch " + (number + 1) + "/" + epochs;
        steps = stepCount;
    }

    @Override
    public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
        if (System.nanoTime() - last > NANOS_BETWEEN_LINES) {
            out.printf(
                    "%s  step %d/%d  loss %.3f  %.0f images/s  %s left%n",
                    epoch, done, steps, loss, imagesPerSecond, Durations.text(secondsLeft));
            last = System.nanoTime();
        }
    }

    @Override
    public void note(String line) {
        out.println(line);
    }

    @Override
    public void close() {
        out.flush();
    }
}
