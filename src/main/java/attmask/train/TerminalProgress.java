package attmask.train;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress as a bar that moves, one for each epoch. */
final class TerminalProgress implements ProgressView {
    private static final int WIDTH = 100;
    private static final int MILLIS = 200;

    private final PrintStream out;
    private ProgressBar bar;

    TerminalProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public void epoch(int number, int epochs, int first, int steps) {
        close();
        bar = new ProgressBarBuilder()
                .setTaskName("epoch " + (number + 1) + "/" + epochs)
                .setInitialMax(steps)
                .startsFrom(first, java.time.Duration.ZERO)
                .setStyle(ProgressBarStyle.ASCII)
                .hideEta()
                .setUpdateIntervalMillis(MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                .build();
    }

    @Override
    public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
        bar.stepTo(done);
        bar.setExtraMessage(String.format(
                " loss %.3f  %.0f images/s  %s left", loss, imagesPerSecond, Durations.text(secondsLeft)));
    }

    @Override
    public void note(String line) {
        close();
        out.println(line);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
