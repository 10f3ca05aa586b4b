package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Size;
import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The time limit is for deadlocks. */
@Timeout(60)
class CropLoaderTest {
    private static final MultiCropSettings SETTINGS = CropSettings.published(new Size(8, 12), 2, new Size(6, 4));
    private static final int SIZE = 11;
    private static final int BATCH = 4;
    private static final int STEPS = SIZE / BATCH;
    private static final int EPOCHS = 3;

    /** A batch's contents, copied out of its buffers. */
    private record Copy(int epoch, int step, float[] globals, float[] locals, int[] labels, int[] indices) {
        static Copy of(CropBatch batch) {
            return new Copy(
                    batch.epoch(),
                    batch.step(),
                    batch.globals().clone(),
                    batch.locals().clone(),
                    batch.labels().clone(),
                    batch.indices().clone());
        }
    }

    private static List<Copy> all(ImageSource source, CropLoader.Options options) {
        List<Copy> copies = new ArrayList<>();
        try (CropLoader loader = new CropLoader(new ReadableImages(source), SETTINGS, options)) {
            for (CropBatch batch = loader.next(); batch != null; batch = loader.next()) {
                copies.add(Copy.of(batch));
                batch.release();
            }
            assertNull(loader.next());
        }
        return copies;
    }

    private static CropLoader.Options from(int epoch, int step, int workers, int prefetch) {
        return new CropLoader.Options(7, BATCH, EPOCHS, epoch, step, workers, prefetch);
    }

    private static void assertSame(List<Copy> expected, List<Copy> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).epoch(), actual.get(i).epoch());
            assertEquals(expected.get(i).step(), actual.get(i).step());
            assertArrayEquals(expected.get(i).globals(), actual.get(i).globals());
            assertArrayEquals(expected.get(i).locals(), actual.get(i).locals());
            assertArrayEquals(expected.get(i).labels(), actual.get(i).labels());
            assertArrayEquals(expected.get(i).indices(), actual.get(i).indices());
        }
    }

    /** Image 5 is unreadable: substitution must not depend on threads either. */
    @ParameterizedTest
    @CsvSource({"2,1", "3,1", "3,4", "16,2"})
    void workersAndPrefetchChangeNothing(int workers, int prefetch) {
        NumberedSource source = NumberedSource.of(SIZE, 5);
        List<Copy> expected = all(source, from(0, 0, 1, 1));
        assertEquals(EPOCHS * STEPS, expected.size());
        assertSame(expected, all(source, from(0, 0, workers, prefetch)));
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,0", "1,1", "2,1", "2,2", "3,0", "0,2"})
    void aResumedRunGoesOnAsTheWholeOne(int epoch, int step) {
        NumberedSource source = NumberedSource.of(SIZE);
        List<Copy> whole = all(source, from(0, 0, 1, 1));
        assertSame(whole.subList(epoch * STEPS + step, whole.size()), all(source, from(epoch, step, 2, 2)));
    }

    @Test
    void theImagesOfAStepComeInParts() {
        NumberedSource source = NumberedSource.of(SIZE, 5);
        List<Copy> whole = all(source, from(0, 0, 1, 1));
        List<Copy> parts = all(source, new CropLoader.Options(7, BATCH, BATCH, EPOCHS, 1, 1, 2, 2));
        int first = STEPS + 1;
        assertEquals((whole.size() - first) * BATCH, parts.size());
        for (int i = 0; i < parts.size(); i++) {
            Copy step = whole.get(first + i / BATCH);
            Copy part = parts.get(i);
            int row = i % BATCH;
            assertEquals(step.epoch(), part.epoch());
            assertEquals(step.step(), part.step());
            assertEquals(step.indices()[row], part.indices()[0]);
            assertEquals(step.labels()[row], part.labels()[0]);
            assertRows(step.globals(), part.globals(), row);
            assertRows(step.locals(), part.locals(), row);
        }
        assertThrows(UserException.class, () -> new CropLoader.Options(7, 4, 3, 1, 0, 0, 1, 1));
    }

    /** Crop by crop, those of image {@code row} of a batch are those of a batch of it alone. */
    private static void assertRows(float[] batch, float[] alone, int row) {
        int crops = 2;
        int length = alone.length / crops;
        for (int crop = 0; crop < crops; crop++) {
            int from = (crop * BATCH + row) * length;
            assertArrayEquals(
                    Arrays.copyOfRange(batch, from, from + length),
                    Arrays.copyOfRange(alone, crop * length, (crop + 1) * length));
        }
    }

    @Test
    void everyEpochIsAnotherPermutation() {
        ImageSource source = NumberedSource.of(12);
        List<Copy> copies = all(source, new CropLoader.Options(7, 4, 3, 0, 0, 2, 2));
        List<List<Integer>> orders = new ArrayList<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            List<Integer> order = new ArrayList<>();
            copies.subList(epoch * 3, epoch * 3 + 3)
                    .forEach(copy -> Arrays.stream(copy.indices()).forEach(order::add));
            assertEquals(
                    IntStream.range(0, 12).boxed().toList(),
                    order.stream().sorted().toList());
            assertFalse(orders.contains(order));
            orders.add(order);
        }
        assertFalse(orders.contains(IntStream.range(0, 12).boxed().toList()));
        for (Copy copy : copies) {
            for (int row = 0; row < 4; row++) {
                assertEquals(source.label(copy.indices()[row]), copy.labels()[row]);
            }
        }
    }

    @Test
    void seedAndEpochChangeTheCropsOfAnImage() {
        NumberedSource one = NumberedSource.of(1);
        List<Copy> copies = all(one, new CropLoader.Options(7, 1, 2, 0, 0, 1, 1));
        List<Copy> other = all(one, new CropLoader.Options(8, 1, 2, 0, 0, 1, 1));
        assertFalse(Arrays.equals(copies.get(0).locals(), copies.get(1).locals()));
        assertFalse(Arrays.equals(copies.get(0).locals(), other.get(0).locals()));
    }

    /** Rows b and B + b are two crops of image b; local crop n of it is row n B + b. */
    @Test
    void cropsLieCropByCrop() throws IOException {
        NumberedSource source = NumberedSource.of(4);
        MultiCrop multiCrop = new MultiCrop(SETTINGS);
        Copy batch = all(source, new CropLoader.Options(7, 4, 1, 0, 0, 2, 1)).get(0);
        int global = 3 * 8 * 12;
        int local = 3 * 6 * 4;
        assertEquals(2 * 4 * global, batch.globals().length);
        assertEquals(2 * 4 * local, batch.locals().length);
        for (int row = 0; row < 4; row++) {
            int index = batch.indices()[row];
            float[] globals = new float[2 * global];
            float[] locals = new float[2 * local];
            RandomStream random = new RandomStream(7, Purpose.AUGMENT, 0, index);
            multiCrop.crops(source.image(index), random, globals, locals, 1, 0);
            for (int crop = 0; crop < 2; crop++) {
                assertArrayEquals(
                        Arrays.copyOfRange(globals, crop * global, (crop + 1) * global),
                        part(batch.globals(), (crop * 4 + row) * global, global));
                assertArrayEquals(
                        Arrays.copyOfRange(locals, crop * local, (crop + 1) * local),
                        part(batch.locals(), (crop * 4 + row) * local, local));
            }
        }
    }

    private static float[] part(float[] array, int from, int length) {
        return Arrays.copyOfRange(array, from, from + length);
    }

    @Test
    void withoutLocalCropsThereAreNone() {
        MultiCropSettings settings = CropSettings.published(Size.square(8), 0, Size.square(4));
        var options = new CropLoader.Options(7, 2, 1, 0, 0, 1, 1);
        try (CropLoader loader = new CropLoader(new ReadableImages(NumberedSource.of(2)), settings, options)) {
            assertEquals(0, loader.next().locals().length);
        }
    }

    @Test
    void tooFewImagesNamesBatchAndCount() {
        ReadableImages three = new ReadableImages(NumberedSource.of(3));
        UserException e = assertThrows(UserException.class, () -> new CropLoader(three, SETTINGS, from(0, 0, 1, 1)));
        assertTrue(e.getMessage().contains("batch size 4"), e.getMessage());
        assertTrue(e.getMessage().contains(" 3:"), e.getMessage());
    }

    @Test
    void aStartBehindTheEndIsRefused() {
        ReadableImages images = new ReadableImages(NumberedSource.of(SIZE));
        for (int[] start : new int[][] {{0, STEPS + 1}, {EPOCHS, 1}, {EPOCHS + 1, 0}}) {
            assertThrows(UserException.class, () -> new CropLoader(images, SETTINGS, from(start[0], start[1], 1, 1)));
        }
        assertThrows(UserException.class, () -> from(-1, 0, 1, 1));
        assertThrows(UserException.class, () -> from(0, 0, 0, 1));
        assertThrows(UserException.class, () -> from(0, 0, 1, 0));
        assertThrows(UserException.class, () -> new CropLoader.Options(7, 0, 1, 0, 0, 1, 1));
    }

    @Test
    void anUnreadableImageIsReplacedByTheNextReadableOneAndCounted() {
        ReadableImages images = new ReadableImages(NumberedSource.of(6, 4, 5));
        int zeros = 0;
        try (CropLoader loader = new CropLoader(images, SETTINGS, new CropLoader.Options(7, 6, 1, 0, 0, 2, 1))) {
            CropBatch batch = loader.next();
            for (int row = 0; row < 6; row++) {
                assertTrue(batch.indices()[row] < 4);
                assertEquals(batch.indices()[row] % 3, batch.labels()[row]);
                zeros += batch.indices()[row] == 0 ? 1 : 0;
            }
        }
        // 4 and 5 both lead round to 0, beside 0 itself.
        assertEquals(3, zeros);
        assertEquals(2, images.unreadableCount());
        assertEquals(
                List.of("image-4: damaged", "image-5: damaged"),
                images.unreadableNames().stream().sorted().toList());
    }

    @Test
    void nothingReadableComesOutAsTheUsersProblem() {
        ReadableImages images = new ReadableImages(NumberedSource.of(2, 0, 1));
        try (CropLoader loader = new CropLoader(images, SETTINGS, new CropLoader.Options(7, 2, 1, 0, 0, 2, 1))) {
            String message = assertThrows(UserException.class, loader::next).getMessage();
            assertTrue(message.contains("none of the 2 images") && message.contains("damaged"), message);
        }
    }
}
