package attmask.checkpoint;

/** Text out of a file that anyone may have written, made fit for a message. */
public final class Untrusted {
    private static final int LONGEST = 120;

    private Untrusted() {}

    /** The text, cut and without control characters, so that a message stays one short line. */
    public static String shown(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
