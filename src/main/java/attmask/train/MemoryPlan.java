package attmask.train;

import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.eval.Encoder;
import attmask.masking.Masker;
import attmask.nn.VisionTransformer;
import attmask.ops.Backend;
import attmask.ssl.CropSet;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Arena;
import attmask.train.MemoryUse.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** What a run takes, known before anything is taken. */
public final class MemoryPlan {
    private static final int EVAL_BATCH = 128;
    private static final double MEGABYTE = 1 << 20;

    private final TrainConfig config;
    private final Backend backend;
    private final MemoryBeside beside;
    private final SelfDistillation learned;
    private final Encoder encoder;
    private final CollapseMonitor monitor;
    private final List<MemoryUse> uses;

    /**
     * Plans a run.
     *
     * @param onDevice its crops are made on the device
     */
    MemoryPlan(TrainConfig config, Backend backend, DataSet data, boolean onDevice) {
        this(config, backend, new MemoryBeside(config, backend, data, onDevice));
    }

    private MemoryPlan(TrainConfig config, Backend backend, MemoryBeside beside) {
        this(config, backend, beside, config.run().imagesAtOnce());
    }

    /** @param images at once, one of the parts of a step */
    private MemoryPlan(TrainConfig config, Backend backend, MemoryBeside beside, int images) {
        this.config = config;
        this.backend = backend;
        this.beside = beside;
        CropSet crops = new CropSet(
                images,
                config.run().accumulate(),
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
        uses = new ArrayList<>();
        arenas().forEach(arena -> uses.add(MemoryUse.of(MemoryBeside.deviceOf(backend), arena)));
        uses.addAll(beside.uses(learned, images, EVAL_BATCH));
    }

    /** The same run with so many images at once. */
    MemoryPlan with(int images) {
        return new MemoryPlan(config, backend, beside, images);
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

    private List<Arena> arenas() {
        List<Arena> arenas = new ArrayList<>(learned.arenas());
        arenas.add(encoder.arena());
        arenas.add(monitor.arena());
        return arenas;
    }

    /** All there is, for the table that is shown before it is taken; by place. */
    public List<MemoryUse> uses() {
        return uses.stream().sorted(Comparator.comparing(MemoryUse::place)).toList();
    }

    /** In all, in one place. */
    public long bytes(Place place) {
        return uses.stream()
                .filter(use -> use.place() == place)
                .mapToLong(MemoryUse::bytes)
                .sum();
    }

    /** Of the machine's memory: outside the heap, on it, and what waits on it for the collector. */
    public long machineBytes() {
        return bytes(Place.HOST) + bytes(Place.HEAP) + MemoryBeside.GARBAGE;
    }

    /** Whether there is enough in every place. */
    boolean fits(FreeMemory free) {
        return bytes(Place.DEVICE) <= free.device()
                && machineBytes() <= free.host()
                && bytes(Place.HEAP) <= free.heap();
    }

    /**
     * Looks whether there is enough memory in every place.
     *
     * @throws UserException if not; it says where, which batch would fit, and in how many parts this one
     */
    public void check(FreeMemory free) {
        if (bytes(Place.DEVICE) > free.device()) {
            throw refused("the GPU has", free.device(), bytes(Place.DEVICE), "", free);
        }
        if (bytes(Place.HEAP) > free.heap()) {
            String more = "give Java more with java -Xmx" + heapNeeded(free.heap()) + "m -jar …; with what it has, ";
            throw refused("the Java heap has", free.heap(), bytes(Place.HEAP), more, free);
        }
        if (machineBytes() > free.host()) {
            throw refused("the machine has", free.host(), machineBytes(), "", free);
        }
    }

    /** Megabytes for -Xmx: what is in use, what is needed, and the decoded images that a heap of that size keeps. */
    private long heapNeeded(long free) {
        long others = Runtime.getRuntime().maxMemory() - free + bytes(Place.HEAP) - beside.cached();
        long kept = Math.min(beside.worthKeeping(), others / (DataSets.SHARE_OF_HEAP - 1));
        return (long) Math.ceil((others + kept) / MEGABYTE);
    }

    private UserException refused(String place, long free, long needed, String remedy, FreeMemory all) {
        return new UserException(String.format(
                Locale.ROOT,
                "%s %.1f MB free where %.1f MB are needed; %s%s",
                place,
                free / MEGABYTE,
                needed / MEGABYTE,
                remedy,
                smaller(all)));
    }

    private String smaller(FreeMemory free) {
        int largest = largestBelow(config.run().imagesAtOnce(), free);
        if (largest > 0) {
            return "--batch " + largest * config.run().accumulate() + " would fit, --batch "
                    + config.run().batch() + " does not" + inParts(largest);
        }
        return "not even --batch 1 would fit: take a smaller model or head (--width, --depth, --prototypes)"
                + (beside.cached() > 0 ? ", or keep fewer decoded images (--cache-bytes)" : "");
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

    /** The most images at once that fit, below a number that does not; by bisection, as a plan takes no memory. */
    int largestBelow(int images, FreeMemory free) {
        int fits = 0;
        int tooLarge = images;
        while (tooLarge - fits > 1) {
            int middle = (fits + tooLarge) >>> 1;
            if (with(middle).fits(free)) {
                fits = middle;
            } else {
                tooLarge = middle;
            }
        }
        return fits;
    }
}
