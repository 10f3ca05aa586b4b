package attmask.train;

import attmask.ssl.Losses;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What the current epoch's log line is made of: sums over its steps, and the clusters its images fell into. */
final class Meters {
    /** In place of images that cannot be read came others. */
    private static final String UNREADABLE = "unreadable_images";
    /** Steps that nothing was learned from; the means leave them out. */
    private static final String SKIPPED = "skipped_steps";
    /** What has a sum and no mean. */
    private static final Set<String> COUNTS = Set.of(UNREADABLE, SKIPPED);

    private final Map<String, Double> sums = new LinkedHashMap<>();
    private int[] clusters;
    private int[] labels;
    private int steps;
    private int images;

    /** An epoch of at most {@code images} images, continued from what a checkpoint holds. */
    Meters(int capacity, int steps, Map<String, Double> sums, int[] clusters, int[] labels) {
        this.sums.putAll(sums);
        this.steps = steps - skipped();
        this.clusters = Arrays.copyOf(clusters, capacity);
        this.labels = Arrays.copyOf(labels, capacity);
        images = clusters.length;
    }

    /** Adds a step. The names are those of the original program's log, then this program's own. */
    void add(Losses losses, double learningRate, double weightDecay, StepImages taken) {
        int[] batchLabels = taken.labels();
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
        add(UNREADABLE, taken.replaced());
        System.arraycopy(losses.clusters(), 0, clusters, images, batchLabels.length);
        System.arraycopy(batchLabels, 0, labels, images, batchLabels.length);
        images += batchLabels.length;
    }

    private void add(String name, double value) {
        sums.merge(name, value, Double::sum);
    }

    /** Counts a step that nothing was learned from. */
    void skip() {
        add(SKIPPED, 1);
    }

    int skipped() {
        return sums.getOrDefault(SKIPPED, 0.0).intValue();
    }

    /** Starts the next epoch. */
    void clear() {
        sums.clear();
        steps = 0;
        images = 0;
    }

    int steps() {
        return steps;
    }

    double mean(String name) {
        return sums.getOrDefault(name, 0.0) / Math.max(1, steps);
    }

    /** All there is, for a checkpoint. */
    Map<String, Double> sums() {
        return sums;
    }

    /** The mean over the epoch's steps of each logged quantity. */
    Map<String, Double> means() {
        Map<String, Double> means = new LinkedHashMap<>();
        sums.keySet().stream().filter(name -> !COUNTS.contains(name)).forEach(name -> means.put(name, mean(name)));
        return means;
    }

    /** Of the epoch so far. */
    long unreadableImages() {
        return Math.round(sums.getOrDefault(UNREADABLE, 0.0));
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
