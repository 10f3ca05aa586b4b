package attmask.train;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Progress as a bar that moves, one for each epoch. A note ends the bar's line, and the next step draws it anew; notes
 * may come from the threads that load images.
 */
final class TerminalProgress implements ProgressView {
    private static final int WIDTH = 100;
    private static final int MILLIS = 200;

    private final PrintStream out;
    private String task = "";
    private int steps;
    private ProgressBar bar;

    TerminalProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void epoch(int number, int epochs, int first, int stepCount) {
        close();
        task = "epoch " + (number + 1) + "/" + epochs;
        steps = stepCount;
        open(first);
    }

    private void open(int first) {
        bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .startsFrom(first, java.time.Duration.ZERO)
                .setStyle(ProgressBarStyle.ASCII)
                .hideEta()
                .setUpdateIntervalMillis(MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                .build();
    }

    @Override
    public synchronized void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
        if (bar == null) {
            open(done);
        }
        bar.stepTo(done);
        bar.setExtraMessage(String.format(
                " loss %.3f  %.0f images/s  %s left", loss, imagesPerSecond, Durations.text(secondsLeft)));
    }

    @Override
    public synchronized void note(String line) {
        close();
        out.println(line);
    }

    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
