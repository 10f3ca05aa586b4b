package attmask.train;

import attmask.config.AugmentOn;
import attmask.config.ConfigLoader;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.ops.Backend;

/**
 * The batch for {@code --batch auto}: as many images as fit, in steps of {@value #STEP} from there on. With
 * {@code --accumulate} it is the part's size that memory decides on.
 *
 * @param config with that batch
 * @param why no larger one
 */
public record AutoBatch(TrainConfig config, String why) {
    /** Of the published runs. */
    private static final int PUBLISHED = 1024;
    /** From here on a CPU makes no more images a second (benchmarks/results/TrainStepBenchmark.md). */
    private static final int CPU_AT_ONCE = 64;
    /** Of the free memory; the rest is for what is estimated, and for others. */
    private static final double SHARE = 0.8;

    private static final int STEP = 8;

    /** The largest batch that may be chosen, to check the other settings with before anything is known. */
    public static int most(int parts) {
        return Math.max(1, PUBLISHED / parts) * parts;
    }

    /** A bound on the images at once, and its name. */
    private record Bound(int images, String why) {
        Bound or(Bound other) {
            return other.images < images ? other : this;
        }
    }

    /**
     * Chooses.
     *
     * @param config with any batch
     * @throws UserException if there are fewer images than parts
     */
    public static AutoBatch of(
            TrainConfig config, Backend backend, DataSet data, AugmentOn augmentOn, FreeMemory free) {
        boolean beside = backend.worksBesideTheHost();
        int parts = config.run().accumulate();
        int images = data.train().size();
        Bound bound = new Bound(most(parts) / parts, "as large as the published runs'")
                .or(new Bound(beside ? Integer.MAX_VALUE : CPU_AT_ONCE, "a CPU is not faster with more at once"))
                .or(new Bound(images / parts, "there are " + images + " training images"));
        if (bound.images == 0) {
            throw new UserException("--accumulate " + parts + " needs as many training images or more, of which there"
                    + " are " + images);
        }
        MemoryPlan plan = new MemoryPlan(config, backend, data, augmentOn.isDevice(beside));
        FreeMemory usable = free.share(SHARE);
        int largest = rounded(bound.images);
        if (plan.with(largest).fits(usable)) {
            return new AutoBatch(with(config, largest * parts), bound.why);
        }
        // Should not even one fit, the run's own check will say so.
        int size = rounded(Math.max(1, plan.largestBelow(largest, usable)));
        return new AutoBatch(
                with(config, size * parts), "more would not fit " + Math.round(100 * SHARE) + " % of the free memory");
    }

    private static TrainConfig with(TrainConfig config, int batch) {
        return ConfigLoader.over(config)
                .set("run.batch", Integer.toString(batch), "--batch auto")
                .resolve();
    }

    /** Down to a multiple of 8, below that to a power of two. */
    private static int rounded(int images) {
        return images >= STEP ? images / STEP * STEP : Integer.highestOneBit(images);
    }
}
