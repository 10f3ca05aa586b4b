package attmask.dashboard;

import attmask.train.Durations;
import java.util.Locale;

/**
 * Where a run is.
 *
 * @param epoch from 0
 * @param done steps of the epoch
 * @param loss of the last step, NaN before the first
 * @param secondsLeft of the whole run
 */
record Position(int epoch, int epochs, int done, int steps, double loss, double imagesPerSecond, double secondsLeft) {
    static final Position START = new Position(0, 1, 0, 1, Double.NaN, 0, 0);

    /** Share of the run that is done, 0 to 1. */
    double share() {
        return (epoch + (double) done / steps) / epochs;
    }

    String text() {
        if (Double.isNaN(loss)) {
            return "";
        }
        return String.format(
                Locale.ROOT,
                "epoch %d of %d, step %d of %d, loss %.3f, %.0f images/s, %s left",
                epoch + 1,
                epochs,
                done,
                steps,
                loss,
                imagesPerSecond,
                Durations.text(secondsLeft));
    }
}
