package attmask.train;

import attmask.config.Method;
import attmask.config.TrainConfig;
import attmask.eval.ClusterMetrics;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the log and people are told of an epoch, its evaluation aside. */
final class EpochLine {
    private EpochLine() {}

    /**
     * The log's line.
     *
     * @param meters of the epoch's steps
     * @param labelled whether the training images are
     * @param waitMs mean wait of a step for its images
     */
    static Map<String, Object> of(
            TrainConfig config,
            Meters meters,
            CollapseMonitor monitor,
            boolean labelled,
            double imagesPerSecond,
            StepTimes times,
            double waitMs) {
        Map<String, Object> line = new LinkedHashMap<>();
        meters.means().forEach((name, mean) -> line.put("train_" + name, mean));
        line.put(
                "prototypes_in_use",
                CollapseMonitor.prototypesInUse(meters.clusters(), config.head().prototypes()));
        line.put("skipped_steps", meters.skipped());
        double deviation = monitor.featureDeviation();
        if (Double.isFinite(deviation)) {
            line.put("feature_deviation", deviation);
        }
        if (labelled && meters.steps() > 0) {
            ClusterMetrics clusters = ClusterMetrics.of(meters.labels(), meters.clusters());
            line.put("train_nmi", clusters.nmi());
            line.put("train_ari", clusters.ari());
            line.put("train_fscore", clusters.fowlkesMallows());
        }
        line.put("images_per_s", imagesPerSecond);
        line.put("step_ms", times.median());
        line.put("step_ms_min", times.fastest());
        line.put("data_wait_ms", waitMs);
        line.put(
                "heap_mb",
                (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1e6);
        line.put("unreadable_images", meters.unreadableImages());
        return line;
    }

    /** The line for people. */
    static String note(TrainConfig config, int epoch, Meters meters, Map<String, Object> line) {
        return String.format(
                "epoch %d/%d  loss %.3f (%s)  teacher entropy %.0f %% of ln K  %.0f images/s%s%s",
                epoch,
                config.run().epochs(),
                meters.mean("loss"),
                losses(config.loss().method(), meters),
                100 * meters.mean("teacher_entropy") / Math.log(config.head().prototypes()),
                (Double) line.get("images_per_s"),
                meters.skipped() > 0 ? "  " + meters.skipped() + " steps skipped" : "",
                OnlineEvaluation.describe(line));
    }

    /** The epoch's means of the losses that the method has. */
    private static String losses(Method method, Meters meters) {
        return switch (method) {
            case IBOT -> String.format("cls %.3f, patch %.3f", meters.mean("cls"), meters.mean("patch"));
            case DINO -> String.format("cls %.3f", meters.mean("cls"));
            case MST -> String.format("cls %.3f, restoration %.3f", meters.mean("cls"), meters.mean("restoration"));
        };
    }
}
