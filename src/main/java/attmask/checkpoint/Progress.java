package attmask.checkpoint;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far a run is, with what the current epoch's log line has gathered, so that a run stopped in mid-epoch logs the
 * same means as one that was not.
 *
 * @param step steps done
 * @param sums sum over the epoch's steps of each logged quantity
 * @param clusters the teacher's prototype for each image seen in the epoch
 * @param labels and the image's label
 * @param signs of collapse shown so far, each of which is told once
 * @param rewinds so far
 */
public record Progress(
        int step, Map<String, Double> sums, int[] clusters, int[] labels, List<String> signs, Rewinds rewinds) {
    public Progress {
        sums = new LinkedHashMap<>(sums);
        signs = List.copyOf(signs);
    }

    public static Progress start() {
        return new Progress(0, Map.of(), new int[0], new int[0], List.of(), Rewinds.NONE);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Progress that
                && step == that.step
                && sums.equals(that.sums)
                && Arrays.equals(clusters, that.clusters)
                && Arrays.equals(labels, that.labels)
                && signs.equals(that.signs)
                && rewinds.equals(that.rewinds);
    }

    @Override
    public int hashCode() {
        return 31 * step + sums.hashCode();
    }

    @Override
    public String toString() {
        return "step " + step + ", " + sums;
    }
}
