package attmask.checkpoint;

import attmask.config.UserException;

/**
 * How often a run went back to a checkpoint because its numbers were not finite. Each time halves the learning rate for
 * the rest of the run.
 *
 * @param total of the run
 * @param inRow of them since the run was last past its furthest epoch
 * @param furthest epoch, from 1, that broke off; 0 for none
 */
public record Rewinds(int total, int inRow, int furthest) {
    public static final Rewinds NONE = new Rewinds(0, 0, 0);

    /** Of the learning rate at each rewind. */
    private static final double FACTOR = 0.5;
    /** In a row; every row ends by one epoch more being done, so that no run goes back for ever. */
    private static final int MOST = 3;

    /** What the schedule's learning rate is multiplied by. */
    public double rateFactor() {
        return Math.pow(FACTOR, total);
    }

    /** True if the run must end rather than go back once more. */
    public boolean exhausted() {
        return inRow >= MOST;
    }

    /** One more, out of an epoch, from 1. */
    public Rewinds next(int epoch) {
        return new Rewinds(total + 1, inRow + 1, Math.max(furthest, epoch));
    }

    /** An epoch, from 1, is done. */
    public Rewinds done(int epoch) {
        return epoch >= furthest ? new Rewinds(total, 0, furthest) : this;
    }

    /** As {@link #of} reads it. */
    String text() {
        return total + "," + inRow + "," + furthest;
    }

    /** @throws UserException if the text is not one of {@link #text} */
    static Rewinds of(String text, String source) {
        String[] numbers = text.split(",", -1);
        try {
            return new Rewinds(
                    Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]), Integer.parseInt(numbers[2]));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new UserException(source + " is damaged: its rewinds are '" + text + "'; use another checkpoint", e);
        }
    }
}
