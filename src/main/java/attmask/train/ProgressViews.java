package attmask.train;

import java.io.PrintStream;

/** Picks how progress is shown. */
public final class ProgressViews {
    private ProgressViews() {}

    /** A moving bar on a terminal, plain lines otherwise. */
    public static ProgressView forConsole(PrintStream out) {
        return System.console() != null && System.getenv("TERM") != null && !"dumb".equals(System.getenv("TERM"))
                ? new TerminalProgress(out)
                : new PlainProgress(out);
    }
}
