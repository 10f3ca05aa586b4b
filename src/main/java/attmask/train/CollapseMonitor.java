package attmask.train;

import attmask.config.TrainConfig;
import attmask.eval.ClsToken;
import attmask.nn.Crops;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.ops.Backend;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Arena;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Watches for collapse: a teacher that answers the same for every image, which makes the loss easy and the features
 * worthless. It looks at single batches and at what a checkpoint keeps of the epoch, so a resumed run sees what an
 * uninterrupted one does; it changes nothing that is learned. Its cost is 2B [CLS] rows fetched every {@value #INTERVAL}
 * steps and at the end of an epoch.
 */
final class CollapseMonitor implements AutoCloseable {
    private static final int INTERVAL = 200;

    /** The start is no sign: nothing has been learned. */
    private static final int FIRST_STEP = 100;

    /** Fewer images may be alike by chance. */
    private static final int FEWEST_IMAGES = 8;

    /** Images whose prototypes tell where images go now. */
    private static final int MOST_RECENT = 512;

    private static final int FEWEST_RECENT = 64;

    /** As PyTorch's F.normalize. */
    private static final double SMALLEST_NORM = 1e-12;

    private final Backend backend;
    private final SelfDistillation learned;
    private final double clsWeight;
    private final double uniform;
    private final Arena arena = new Arena("collapse monitor");
    private final ClsToken cls;
    private final double[] features;
    private final Set<CollapseSign> shown = EnumSet.noneOf(CollapseSign.class);

    /** Plans the memory for a run's global crops. */
    CollapseMonitor(Backend backend, TrainConfig config, SelfDistillation learned) {
        this.backend = backend;
        this.learned = learned;
        clsWeight = config.loss().clsWeight();
        uniform = Math.log(config.head().prototypes());
        Crops crops = new Crops(
                learned.crops().globalImages(),
                VisionTransformer.grid(config.globalSize(), config.model().patch()));
        cls = new ClsToken(backend, config.model().width(), TokenLayout.of(crops), arena);
        features = new double[crops.images() * config.model().width()];
    }

    Arena arena() {
        return arena;
    }

    /** Takes the memory. */
    void allocate() {
        arena.allocate(backend::allocate);
        cls.prepare();
    }

    /** Signs shown so far, for a checkpoint. */
    List<String> shown() {
        return shown.stream().map(CollapseSign::name).toList();
    }

    /** Goes on from what {@link #shown} gave. */
    void restore(List<String> signs) {
        shown.clear();
        signs.forEach(sign -> shown.add(CollapseSign.valueOf(sign)));
    }

    /** Whether to {@link #check} after so many steps. */
    boolean due(int step, int stepsPerEpoch) {
        boolean time = step % INTERVAL == 0 || step % stepsPerEpoch == 0;
        return time && step >= FIRST_STEP && learned.crops().batch() >= FEWEST_IMAGES;
    }

    /**
     * The signs that the last step shows and that were not shown before.
     *
     * @param clusters the prototypes of the epoch's images so far
     */
    List<CollapseSign.Seen> check(Losses losses, int[] clusters) {
        CollapseSign.Measures measures = new CollapseSign.Measures(
                losses.teacherEntropy() / uniform,
                losses.marginalEntropy() / uniform,
                clsWeight == 0 ? 0 : losses.cls() / clsWeight / uniform,
                largestShare(clusters),
                featureDeviation());
        return CollapseSign.in(measures).stream()
                .filter(seen -> shown.add(seen.sign()))
                .toList();
    }

    /** Spread of the teacher's [CLS] features over the global crops of the last step: {@link #deviation}. */
    double featureDeviation() {
        backend.read(cls.gather(learned.teacherTokens()), features);
        return deviation(features, cls.width());
    }

    /**
     * √D times the mean over the D features of their standard deviation over the rows, each of length 1: about 1 when
     * the rows point everywhere, 0 when they are one (Chen and He 2021, "Exploring simple Siamese representation
     * learning", section 4.1).
     *
     * @param rows (n, D), overwritten with rows of length 1
     */
    static double deviation(double[] rows, int width) {
        int count = rows.length / width;
        for (int start = 0; start < rows.length; start += width) {
            double squares = 0;
            for (int i = start; i < start + width; i++) {
                squares += rows[i] * rows[i];
            }
            double norm = Math.max(Math.sqrt(squares), SMALLEST_NORM);
            for (int i = start; i < start + width; i++) {
                rows[i] /= norm;
            }
        }
        double sum = 0;
        for (int d = 0; d < width; d++) {
            double mean = 0;
            for (int i = d; i < rows.length; i += width) {
                mean += rows[i] / count;
            }
            double variance = 0;
            for (int i = d; i < rows.length; i += width) {
                variance += (rows[i] - mean) * (rows[i] - mean) / count;
            }
            sum += Math.sqrt(variance);
        }
        return sum / Math.sqrt(width);
    }

    /**
     * Share of the prototypes that some image is nearest to; of as many as there are images, if these are fewer.
     *
     * @param clusters the prototype of each image
     */
    static double prototypesInUse(int[] clusters, int prototypes) {
        return Arrays.stream(clusters).distinct().count() / (double) Math.max(1, Math.min(prototypes, clusters.length));
    }

    /** Share of the last images that the most frequent prototype has; 0 if they are too few to tell. */
    static double largestShare(int[] clusters) {
        int[] last = Arrays.copyOfRange(clusters, Math.max(0, clusters.length - MOST_RECENT), clusters.length);
        if (last.length < FEWEST_RECENT) {
            return 0;
        }
        Map<Integer, Integer> counts = new HashMap<>();
        IntStream.of(last).forEach(cluster -> counts.merge(cluster, 1, Integer::sum));
        return Collections.max(counts.values()) / (double) last.length;
    }

    @Override
    public void close() {
        arena.close();
    }
}
