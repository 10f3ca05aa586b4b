package attmask.cli;

import attmask.data.ImageSource;
import attmask.data.ReadableImages;
import java.io.PrintStream;
import java.time.Duration;
import java.util.function.IntConsumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Images that an evaluation goes through once. It names and counts those that are skipped as unreadable, and shows how
 * many are done: a bar on a terminal, else a line every ten seconds. All on standard error, so that standard output is
 * what was found.
 */
final class EvaluatedImages implements IntConsumer, AutoCloseable {
    private static final long NANOS_BETWEEN_LINES = Duration.ofSeconds(10).toNanos();
    private static final int WIDTH = 80;
    private static final int MILLIS = 200;

    private final PrintStream err = System.err;
    private final String what;
    private final ReadableImages readable;
    private final ProgressBar bar;
    private long last = System.nanoTime();

    /** @param what these images are, for messages */
    EvaluatedImages(String what, ImageSource source) {
        this.what = what;
        readable = new ReadableImages(source, line -> err.println("skipped unreadable image " + line));
        bar = System.console() == null
                ? null
                : new ProgressBarBuilder()
                        .setTaskName(what)
                        .setInitialMax(source.size())
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(MILLIS)
                        .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH))
                        .clearDisplayOnFinish()
                        .build();
    }

    ReadableImages readable() {
        return readable;
    }

    /** So many are done. */
    @Override
    public void accept(int done) {
        if (bar != null) {
            bar.stepTo(done);
        } else if (System.nanoTime() - last > NANOS_BETWEEN_LINES) {
            err.printf("%s: %,d of %,d images%n", what, done, readable.source().size());
            last = System.nanoTime();
        }
    }

    /** Ends the bar and says how many images were skipped. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
        if (readable.unreadableCount() > 0) {
            err.printf(
                    "%s: %,d of %,d images skipped%n",
                    what, readable.unreadableCount(), readable.source().size());
        }
    }
}
