package attmask.cli;

import attmask.data.ImageSource;
import attmask.data.ReadableImages;
import java.io.PrintStream;
import java.util.function.IntConsumer;

/**
 * Images that an evaluation goes through once. It names and counts those that are skipped as unreadable, and shows how
 * many are done, all on standard error.
 */
final class EvaluatedImages implements IntConsumer, AutoCloseable {
    private final PrintStream err = System.err;
    private final String what;
    private final ReadableImages readable;
    private final ConsoleProgress progress;

    /** @param what these images are, for messages */
    EvaluatedImages(String what, ImageSource source) {
        this.what = what;
        readable = new ReadableImages(source, line -> err.println("skipped unreadable image " + line));
        progress = new ConsoleProgress(what, source.size(), "images");
    }

    ReadableImages readable() {
        return readable;
    }

    /** So many are done. */
    @Override
    public void accept(int done) {
        progress.at(done, "");
    }

    /** Ends the bar and says how many images were skipped. */
    @Override
    public void close() {
        progress.close();
        if (readable.unreadableCount() > 0) {
            err.printf(
                    "%s: %,d of %,d images skipped%n",
                    what, readable.unreadableCount(), readable.source().size());
        }
    }
}
