package attmask.file;

import java.util.regex.Pattern;

/** Text out of a file that anyone may have written, made fit for a message. */
public final class Untrusted {
    private static final int LONGEST = 120;
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\p{Zl}\\p{Zp}]");

    private Untrusted() {}

    /** The text, cut and without control characters, so that a message stays one short line. */
    public static String shown(String text) {
        String line = UNPRINTABLE.matcher(text).replaceAll("?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
