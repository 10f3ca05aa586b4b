package attmask.train;

import java.io.PrintStream;

/** Picks how progress is shown. */
public final class ProgressViews {
    /** Shows nothing. */
    public static final ProgressView NONE = new ProgressView() {
        @Override
        public void epoch(int epoch, int epochs, int first, int steps) {}

        @Override
        public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {}

        @Override
        public void note(String line) {}

        @Override
        public void close() {}
    };

    private ProgressViews() {}

    /** A moving bar on a terminal, plain lines otherwise. */
    public static ProgressView forConsole(PrintStream out) {
        return System.console() != null && System.getenv("TERM") != null && !"dumb".equals(System.getenv("TERM"))
                ? new TerminalProgress(out)
                : new PlainProgress(out);
    }

    /** Tells both, the first one first. */
    public static ProgressView both(ProgressView first, ProgressView second) {
        return new ProgressView() {
            @Override
            public void epoch(int epoch, int epochs, int start, int steps) {
                first.epoch(epoch, epochs, start, steps);
                second.epoch(epoch, epochs, start, steps);
            }

            @Override
            public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
                first.step(done, loss, imagesPerSecond, secondsLeft);
                second.step(done, loss, imagesPerSecond, secondsLeft);
            }

            @Override
            public void note(String line) {
                first.note(line);
                second.note(line);
            }

            @Override
            public void close() {
                first.close();
                second.close();
            }
        };
    }
}
