package attmask.train;

import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.MultiCrop;
import attmask.data.MultiCropSettings;
import attmask.data.ReadableImages;
import attmask.data.RgbImage;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * How many images a second some threads decode, augment, and both, each thread for itself: what a run's data loading
 * reaches when nothing else needs the cores.
 */
public final class DataBenchmark {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final TrainConfig config;
    private final MultiCropSettings settings;
    private final ReadableImages images;
    private final int threads;
    /** Numbers of the images to go through, over and over. */
    private final int[] chosen;

    private final List<RgbImage> decoded = new ArrayList<>();

    /**
     * What was measured.
     *
     * @param perSecond images/s of all threads
     * @param cpuMillis processor time of these threads for an image, in ms; other programs, the compiler and the garbage
     *     collector do not count
     */
    public record Rate(double perSecond, double cpuMillis) {}

    /**
     * Decodes some images of a set, drawn at random, until there are {@code most} or a quarter of the heap is full.
     *
     * @param config for the sizes, the augmentation and the seed
     * @throws UserException when no image is readable
     */
    public DataBenchmark(TrainConfig config, ReadableImages images, int most, int threads) {
        this.config = config;
        this.settings = new MultiCropSettings(config.model().image(), config.augmentation());
        this.images = images;
        this.threads = threads;
        int size = images.source().size();
        int[] order = new RandomStream(config.run().seed(), Purpose.SHUFFLE, 0, 0).permutation(size);
        chosen = new int[Math.min(most, size)];
        long room = Runtime.getRuntime().maxMemory() / 4;
        while (decoded.size() < chosen.length && room > 0) {
            ReadableImages.Found found = images.imageOrNext(order[decoded.size()]);
            chosen[decoded.size()] = found.index();
            decoded.add(found.image());
            room -= found.image().rgb().length;
        }
    }

    /** Number of different images. */
    public int images() {
        return decoded.size();
    }

    /** Reading and decoding. */
    public Rate decode(double seconds) {
        return rate(() -> this::read, seconds);
    }

    /** Making all crops of decoded images. */
    public Rate augment(double seconds) {
        return rate(
                () -> {
                    Crops crops = new Crops();
                    return number -> crops.make(decoded.get(number % decoded.size()), number);
                },
                seconds);
    }

    /** Both, one after the other. */
    public Rate both(double seconds) {
        return rate(
                () -> {
                    Crops crops = new Crops();
                    return number -> crops.make(read(number), number);
                },
                seconds);
    }

    private RgbImage read(int number) {
        return images.imageOrNext(chosen[number % decoded.size()]).image();
    }

    /** One thread's crops of one image at a time. */
    private final class Crops {
        private final MultiCrop multiCrop = new MultiCrop(settings);
        private final float[] globals = new float[2 * 3 * config.model().image().pixels()];
        private final float[] locals = new float
                [3
                        * config.augmentation().localCrops()
                        * config.augmentation().localSize().pixels()];

        private void make(RgbImage image, int number) {
            RandomStream random = new RandomStream(config.run().seed(), Purpose.AUGMENT, 0, number);
            multiCrop.crops(image, random, globals, locals, 1, 0);
        }
    }

    /** Each thread has a task of its own; all take the next number until the time is over. */
    private Rate rate(Supplier<IntConsumer> tasks, double seconds) {
        AtomicInteger next = new AtomicInteger();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            long start = System.nanoTime();
            List<Future<Long>> running = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                IntConsumer task = tasks.get();
                running.add(executor.submit(() -> {
                    do {
                        task.accept(next.getAndIncrement() & Integer.MAX_VALUE);
                    } while (System.nanoTime() - start < seconds * 1e9);
                    return THREADS.getCurrentThreadCpuTime();
                }));
            }
            long busy = 0;
            for (Future<Long> future : running) {
                busy += future.get();
            }
            return new Rate(next.get() / ((System.nanoTime() - start) / 1e9), busy / 1e6 / next.get());
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            executor.shutdownNow();
        }
    }
}
