package attmask.train;

import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.eval.Encoder;
import attmask.masking.Masker;
import attmask.nn.VisionTransformer;
import attmask.ops.Backend;
import attmask.ssl.CropSet;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** What a run takes on its device, known before anything is taken. */
public final class MemoryPlan {
    /** Beside the plan: cuBLAS's workspace (32 MB and more on Hopper), sums of columns, tables of parameters, graphs. */
    static final long RESERVE = 128L << 20;

    private static final int EVAL_BATCH = 128;
    private static final double MEGABYTE = 1 << 20;

    private final TrainConfig config;
    private final Backend backend;
    private final SelfDistillation learned;
    private final Encoder encoder;
    private final CollapseMonitor monitor;

    /** Plans a run. */
    MemoryPlan(TrainConfig config, Backend backend) {
        this(config, backend, config.run().imagesAtOnce(), config.run().accumulate());
    }

    /** @param batch images at once, one of {@code parts} of a step */
    private MemoryPlan(TrainConfig config, Backend backend, int batch, int parts) {
        this.config = config;
        this.backend = backend;
        CropSet crops = new CropSet(
                batch,
                parts,
                config.globalSize(),
                config.augmentation().localCrops(),
                config.augmentation().localSize());
        learned = new SelfDistillation(
                backend,
                config.model(),
                config.head(),
                config.loss(),
                crops,
                config.maskLayer(),
                masker(config).capacity(crops.globalImages()));
        encoder = new Encoder(backend, config.model(), learned.teacherParameters(), EVAL_BATCH);
        monitor = new CollapseMonitor(backend, config, learned);
    }

    static Masker masker(TrainConfig config) {
        return new Masker(
                config.mask(),
                VisionTransformer.grid(config.globalSize(), config.model().patch()),
                config.run().seed());
    }

    /** The planned step. */
    SelfDistillation learned() {
        return learned;
    }

    /** The planned online k-NN and pictures. */
    Encoder encoder() {
        return encoder;
    }

    /** The planned watch over collapse. */
    CollapseMonitor monitor() {
        return monitor;
    }

    /** The pieces, for the table that is shown before they are taken. */
    public List<Arena> arenas() {
        List<Arena> arenas = new ArrayList<>(learned.arenas());
        arenas.add(encoder.arena());
        arenas.add(monitor.arena());
        return arenas;
    }

    public long bytes() {
        return arenas().stream().mapToLong(Arena::bytes).sum();
    }

    /**
     * Looks whether the device has enough memory.
     *
     * @param free bytes that it has now
     * @throws UserException if not; it says which batch would fit, and in how many parts this one
     */
    public void check(long free) {
        if (fits(free)) {
            return;
        }
        int batch = config.run().imagesAtOnce();
        int largest = largestBelow(batch, free);
        String remedy = largest == 0
                ? "not even --batch 1 would fit: take a smaller model or head (--width, --depth, --prototypes)"
                : "--batch " + largest * config.run().accumulate() + " would fit, --batch "
                        + config.run().batch() + " does not" + inParts(largest);
        throw new UserException(String.format(
                Locale.ROOT,
                "the GPU has %.1f MB free where %.1f MB are needed; %s",
                free / MEGABYTE,
                (bytes() + RESERVE) / MEGABYTE,
                remedy));
    }

    /** The same step in as few parts as make it fit. */
    private String inParts(int largest) {
        int batch = config.run().batch();
        int parts = IntStream.rangeClosed(1, batch)
                .filter(n -> batch % n == 0 && batch / n <= largest)
                .findFirst()
                .orElse(batch);
        return "; --accumulate " + parts + " learns the same as --batch " + batch + " with " + batch / parts
                + " at once";
    }

    private boolean fits(long free) {
        return bytes() <= free - RESERVE;
    }

    /** By bisection; a plan takes no memory. */
    private int largestBelow(int batch, long free) {
        int fits = 0;
        int tooLarge = batch;
        while (tooLarge - fits > 1) {
            int middle = (fits + tooLarge) >>> 1;
            if (new MemoryPlan(config, backend, middle, config.run().accumulate()).fits(free)) {
                fits = middle;
            } else {
                tooLarge = middle;
            }
        }
        return fits;
    }
}
