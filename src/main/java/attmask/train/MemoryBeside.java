package attmask.train;

import attmask.config.TrainConfig;
import attmask.data.CropFeed;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.data.FeedMemory;
import attmask.data.MultiCropSettings;
import attmask.eval.FeatureStream;
import attmask.nn.Parameter;
import attmask.ops.Backend;
import attmask.ssl.SelfDistillation;
import attmask.train.MemoryUse.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run takes beside its arenas. What depends on the program's own sizes is counted; what libraries and the Java
 * machine take is measured (docs/your-own-images.md).
 */
final class MemoryBeside {
    /** cuBLAS's workspace (32 MB and more on Hopper), sums of columns, tables of parameters, graphs. */
    static final long GPU_LIBRARIES = 128L << 20;
    /** Code, compiler, metadata, the collector's tables, oneDNN with its scratch: 130 to 200 MB were seen. */
    static final long JAVA = 160L << 20;
    /** Settings, log, buffers of decoders. */
    static final long OBJECTS = 48L << 20;
    /** By which the heap grows, if it may, before the collector looks through it; 70 to 170 MB were seen. */
    static final long GARBAGE = 128L << 20;

    private final TrainConfig config;
    private final Backend backend;
    private final DataSet data;
    private final boolean onDevice;
    private final FeedMemory.Sample train;
    private final long worthKeeping;

    /**
     * Looks at a few images.
     *
     * @param onDevice the crops are made where training runs
     */
    MemoryBeside(TrainConfig config, Backend backend, DataSet data, boolean onDevice) {
        this.config = config;
        this.backend = backend;
        this.data = data;
        this.onDevice = onDevice;
        train = FeedMemory.Sample.of(data.train());
        FeedMemory.Sample validation = FeedMemory.Sample.of(data.validation());
        double decoded = (data.train().decodes() ? train.mean() * data.train().size() : 0)
                + (data.validation().decodes()
                        ? validation.mean() * data.validation().size()
                        : 0);
        worthKeeping = (long) Math.min(decoded, config.data().cacheBytes());
    }

    /**
     * @param images of one part of a step
     * @param evaluated images at a time that features are computed of
     */
    List<MemoryUse> uses(SelfDistillation learned, int images, int evaluated) {
        MultiCropSettings crops = new MultiCropSettings(config.globalSize(), config.augmentation());
        FeedMemory feed = CropFeed.memory(backend, train, crops, images, onDevice);
        List<MemoryUse> uses = new ArrayList<>();
        if (backend.worksBesideTheHost()) {
            uses.add(new MemoryUse(Place.DEVICE, "libraries", GPU_LIBRARIES));
        }
        uses.add(new MemoryUse(deviceOf(backend), "images to crop", feed.device()));
        uses.add(new MemoryUse(Place.HOST, "images on their way", feed.host()));
        uses.add(new MemoryUse(Place.HOST, "Java and libraries", JAVA));
        uses.add(new MemoryUse(Place.HEAP, "batches made ahead", feed.heap()));
        uses.add(new MemoryUse(Place.HEAP, "decoded images kept", cached()));
        uses.add(new MemoryUse(Place.HEAP, "k-NN and pictures", evaluation(evaluated)));
        uses.add(new MemoryUse(Place.HEAP, "a checkpoint's tensor", largestTensor(learned)));
        uses.add(new MemoryUse(Place.HEAP, "objects", OBJECTS));
        uses.removeIf(use -> use.bytes() == 0);
        return uses;
    }

    /** Bytes of decoded images that are kept. */
    long cached() {
        return Math.min(worthKeeping, DataSets.cacheBudget(config.data()));
    }

    /** The same were the heap large enough. */
    long worthKeeping() {
        return worthKeeping;
    }

    private long evaluation(int evaluated) {
        return FeatureStream.bytes(evaluated, config.globalSize())
                + MaskPictures.bytes(evaluated, config.globalSize())
                + OnlineKnn.bytes(data, config.model().width());
    }

    /** Tensors are written one after the other. */
    private static long largestTensor(SelfDistillation learned) {
        return learned.studentParameters().layout().parameters().stream()
                        .map(Parameter::shape)
                        .mapToLong(shape -> shape.count())
                        .max()
                        .orElse(0)
                * Float.BYTES;
    }

    /** Where a backend's tensors are. */
    static Place deviceOf(Backend backend) {
        return backend.worksBesideTheHost() ? Place.DEVICE : Place.HOST;
    }
}
