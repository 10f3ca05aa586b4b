package attmask.cli;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far something is: a bar on a terminal, else a line every ten seconds. On standard error, so that standard output is
 * what was found.
 */
final class ConsoleProgress implements AutoCloseable {
    private static final long NANOS_BETWEEN_LINES = Duration.ofSeconds(10).toNanos();
    private static final int WIDTH = 100;
    private static final int MILLIS = 200;

    private final PrintStream err = System.err;
    private final String what;
    private final long end;
    private final String unit;
    private final ProgressBar bar;
    private long last = System.nanoTime();

    /** @param unit what is counted, such as "images" */
    ConsoleProgress(String what, long end, String unit) {
        this.what = what;
        this.end = end;
        this.unit = unit;
        bar = System.console() == null
                ? null
                : new ProgressBarBuilder()
                        .setTaskName(what)
                        .setInitialMax(end)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(MILLIS)
                        .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH))
                        .clearDisplayOnFinish()
                        .build();
    }

    /** So many are done. */
    void at(long done, String more) {
        if (bar != null) {
            bar.stepTo(done);
            bar.setExtraMessage(more);
        } else if (System.nanoTime() - last > NANOS_BETWEEN_LINES) {
            err.printf("%s: %,d of %,d %s  %s%n", what, done, end, unit, more);
            last = System.nanoTime();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
