package attmask.train;

/** Durations as people read them. */
public final class Durations {
    private Durations() {}

    /** For instance {@code 4:07} or {@code 12:30:00}. */
    public static String text(double seconds) {
        long s = Math.round(Math.max(0, seconds));
        return s < 3600
                ? String.format("%d:%02d", s / 60, s % 60)
                : String.format("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    }
}
