package attmask.train;

import attmask.ssl.Losses;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the current epoch's log line is made of: sums over its steps, and the clusters its images fell into. */
final class Meters {
    private static final String SKIPPED = "skipped_steps";

    private final Map<String, Double> sums = new LinkedHashMap<>();
    private int[] clusters;
    private int[] labels;
    private int steps;
    private int skipped;
    private int images;

    /** An epoch of at most {@code images} images, continued from what a checkpoint holds. */
    Meters(int capacity, int steps, Map<String, Double> sums, int[] clusters, int[] labels) {
        this.sums.putAll(sums);
        Double before = this.sums.remove(SKIPPED);
        skipped = before == null ? 0 : before.intValue();
        this.steps = steps - skipped;
        this.clusters = Arrays.copyOf(clusters, capacity);
        this.labels = Arrays.copyOf(labels, capacity);
        images = clusters.length;
    }

    /** Adds a step. The names are those of the original program's log, then this program's own. */
    void add(Losses losses, double learningRate, double weightDecay, int[] batchLabels) {
        steps++;
        add("loss", losses.total());
        add("cls", losses.cls());
        add("patch", losses.patch());
        add("restoration", losses.restoration());
        add("lr", learningRate);
        add("wd", weightDecay);
        add("acc", losses.agreement());
        add("mask_ratio", losses.maskedShare());
        add("teacher_entropy", losses.teacherEntropy());
        add("teacher_marginal_entropy", losses.marginalEntropy());
        add("teacher_patch_entropy", losses.patchEntropy());
        System.arraycopy(losses.clusters(), 0, clusters, images, batchLabels.length);
        System.arraycopy(batchLabels, 0, labels, images, batchLabels.length);
        images += batchLabels.length;
    }

    private void add(String name, double value) {
        sums.merge(name, value, Double::sum);
    }

    /** Counts a step that nothing was learned from; the means leave it out. */
    void skip() {
        skipped++;
    }

    int skipped() {
        return skipped;
    }

    /** Starts the next epoch. */
    void clear() {
        sums.clear();
        steps = 0;
        skipped = 0;
        images = 0;
    }

    int steps() {
        return steps;
    }

    double mean(String name) {
        return sums.getOrDefault(name, 0.0) / Math.max(1, steps);
    }

    /** For a checkpoint, which has the number of skipped steps among them if there are any. */
    Map<String, Double> state() {
        Map<String, Double> state = new LinkedHashMap<>(sums);
        if (skipped > 0) {
            state.put(SKIPPED, (double) skipped);
        }
        return state;
    }

    Map<String, Double> sums() {
        return sums;
    }

    /** The teacher's prototype for each image of the epoch so far. */
    int[] clusters() {
        return Arrays.copyOf(clusters, images);
    }

    /** The images' labels, −1 where unknown. */
    int[] labels() {
        return Arrays.copyOf(labels, images);
    }
}
