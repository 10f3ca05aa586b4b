package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Precision;
import attmask.config.Range;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.cuda.GraphDriver;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever makes the crops, they are the same to the bit. The time limit is for deadlocks. */
@Timeout(120)
class CropFeedTest {
    private static final MultiCropSettings SETTINGS = CropSettings.published(new Size(24, 40), 2, new Size(12, 9));
    private static final int IMAGES = 11;
    private static final int BATCH = 4;
    private static final int STEPS = IMAGES / BATCH;
    private static final int EPOCHS = 2;

    /** Coloured noise on slopes, of another size each; number 5 cannot be read. */
    private record Coloured(int size) implements ImageSource {
        @Override
        public int label(int index) {
            return index % 3;
        }

        @Override
        public String name(int index) {
            return "image-" + index;
        }

        @Override
        public RgbImage image(int index) throws IOException {
            if (index == 5) {
                throw new UnreadableImageException("damaged");
            }
            RandomStream random = new RandomStream(index, Purpose.TEST, 8, 0);
            RgbImage image = RgbImage.black(17 + 29 * index % 83, 90 - 17 * index % 71);
            int slope = 1 + random.nextInt(4);
            for (int i = 0; i < image.rgb().length; i++) {
                image.rgb()[i] = (byte) (slope * i / (3 + i % 3) + random.nextInt(40));
            }
            return image;
        }

        @Override
        public List<String> classes() {
            return List.of("a", "b", "c");
        }
    }

    private record Step(int epoch, int step, float[] globals, float[] locals, int[] labels, int[] indices) {}

    private static final EmulatedDriver DRIVER = new EmulatedDriver(new Adversary(1, 0));
    private static final Backend CUDA = new CudaBackend(new GraphDriver(DRIVER), Precision.FP32);

    @AfterAll
    static void close() {
        CUDA.close();
    }

    private interface Opener {
        CropFeed open(Backend backend, ReadableImages images, CropLoader.Options options);
    }

    /** The backend's tensors after each step; between steps it computes, reading the crops. */
    private static List<Step> all(Backend backend, Opener opener, MultiCropSettings settings, int first, int workers) {
        int locals = settings.localCrops() * BATCH;
        List<Step> steps = new ArrayList<>();
        ReadableImages images = new ReadableImages(new Coloured(IMAGES));
        CropLoader.Options options = new CropLoader.Options(7, BATCH, EPOCHS, 0, first, workers, 2);
        try (Arena arena = new Arena("crops")) {
            Tensor global = crops(arena, backend, 2 * BATCH, settings.globalSize());
            Tensor local = locals == 0 ? null : crops(arena, backend, locals, settings.localSize());
            arena.allocate(backend::allocate);
            try (CropFeed feed = opener.open(backend, images, options)) {
                for (TrainingBatch batch = feed.next(global, local); batch != null; batch = feed.next(global, local)) {
                    float[] globals = read(backend, global);
                    steps.add(new Step(
                            batch.epoch(),
                            batch.step(),
                            globals,
                            local == null ? new float[0] : read(backend, local),
                            batch.labels().clone(),
                            batch.indices().clone()));
                    batch.release();
                }
                assertNull(feed.next(global, local));
                assertTrue(feed.waitedNanos() >= 0);
            }
        }
        return steps;
    }

    private static Tensor crops(Arena arena, Backend backend, int count, Size size) {
        return arena.tensor(backend.real(), count, 3, size.height(), size.width());
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.count())];
        backend.read(tensor, values);
        return values;
    }

    private static Opener device(MultiCropSettings settings) {
        return (backend, images, options) -> CropFeed.of(backend, images, settings, options, true);
    }

    private static Opener device(int room) {
        return (backend, images, options) -> new DeviceCrops(backend, images, SETTINGS, options, room);
    }

    private static List<Step> expected(MultiCropSettings settings) {
        try (Backend cpu = new CpuBackend(1)) {
            return all(
                    cpu,
                    (backend, images, options) -> CropFeed.of(backend, images, settings, options, false),
                    settings,
                    0,
                    1);
        }
    }

    private static void assertSame(List<Step> expected, List<Step> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).epoch(), actual.get(i).epoch());
            assertEquals(expected.get(i).step(), actual.get(i).step());
            assertArrayEquals(expected.get(i).indices(), actual.get(i).indices());
            assertArrayEquals(expected.get(i).labels(), actual.get(i).labels());
            assertArrayEquals(expected.get(i).globals(), actual.get(i).globals(), "global crops of step " + i);
            assertArrayEquals(expected.get(i).locals(), actual.get(i).locals(), "local crops of step " + i);
        }
    }

    /** Not only within a grey level: integer arithmetic is the same everywhere. */
    @ParameterizedTest
    @CsvSource({"0,1", "0,3", "1,2", "2,2"})
    void theDeviceMakesTheCropsOfTheLoader(int first, int workers) {
        List<Step> expected = expected(SETTINGS);
        assertEquals(EPOCHS * STEPS, expected.size());
        List<Step> rest = expected.subList(first, expected.size());
        assertSame(rest, all(CUDA, device(SETTINGS), SETTINGS, first, workers));
    }

    @Test
    void theCpuAsDevice() {
        try (Backend cpu = new CpuBackend(2)) {
            assertSame(expected(SETTINGS), all(cpu, device(SETTINGS), SETTINGS, 0, 2));
        }
    }

    /** Room for two images and a half, for one, and for none at all. */
    @ParameterizedTest
    @ValueSource(doubles = {2.5, 1, 0.01})
    void whatDoesNotFitGoesInParts(double images) throws IOException {
        int bytes = new Coloured(1).image(0).rgb().length;
        assertSame(expected(SETTINGS), all(CUDA, device((int) (images * bytes)), SETTINGS, 0, 2));
    }

    @Test
    void withoutLocalCrops() {
        MultiCropSettings settings = CropSettings.published(Size.square(8), 0, Size.square(4));
        assertSame(expected(settings), all(CUDA, device(settings), settings, 0, 2));
    }

    @Test
    void tooFewImagesLeaveNothingBehind() {
        ReadableImages three = new ReadableImages(NumberedSource.of(3));
        CropLoader.Options options = new CropLoader.Options(7, BATCH, 1, 0, 0, 1, 1);
        long free = DRIVER.freeBytes();
        assertThrows(UserException.class, () -> CropFeed.of(CUDA, three, SETTINGS, options, true));
        assertEquals(free, DRIVER.freeBytes());
    }

    @Test
    void nothingReadableComesOutAsTheUsersProblem() {
        ReadableImages images = new ReadableImages(NumberedSource.of(4, 0, 1, 2, 3));
        CropLoader.Options options = new CropLoader.Options(7, BATCH, 1, 0, 0, 1, 1);
        try (CropFeed feed = CropFeed.of(CUDA, images, SETTINGS, options, true)) {
            assertThrows(UserException.class, () -> feed.next(null, null));
        }
    }

    @Test
    void erasingIsRefused() {
        MultiCropSettings erasing = MultiCropSettings.single(Size.square(8), new Range(0.5, 1), 0.25);
        ReadableImages images = new ReadableImages(NumberedSource.of(4));
        CropLoader.Options options = new CropLoader.Options(7, BATCH, 1, 0, 0, 1, 1);
        try (Backend cpu = new CpuBackend(1)) {
            assertThrows(IllegalArgumentException.class, () -> CropFeed.of(cpu, images, erasing, options, true));
        }
    }
}
