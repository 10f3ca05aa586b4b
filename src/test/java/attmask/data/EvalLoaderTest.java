package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import attmask.config.Size;
import attmask.config.UserException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The time limit is for deadlocks. */
@Timeout(60)
class EvalLoaderTest {
    private static final EvalTransform TRANSFORM = new EvalTransform(9, new Size(6, 8));

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyImageOnceInOrderAndTheLastBatchIsShort(int workers) throws IOException {
        NumberedSource source = NumberedSource.of(10);
        List<Integer> counts = new ArrayList<>();
        int index = 0;
        try (EvalLoader loader = new EvalLoader(new ReadableImages(source), TRANSFORM, 4, workers, 2)) {
            for (EvalBatch batch = loader.next(); batch != null; batch = loader.next()) {
                counts.add(batch.count());
                for (int row = 0; row < batch.count(); row++, index++) {
                    assertEquals(index, batch.indices()[row]);
                    assertEquals(index % 3, batch.labels()[row]);
                    assertArrayEquals(expected(source, index), image(batch, row));
                }
                batch.release();
            }
            assertNull(loader.next());
        }
        assertEquals(10, index);
        assertEquals(List.of(4, 4, 2), counts);
    }

    private static float[] expected(ImageSource source, int index) throws IOException {
        return Augmentation.normalise(Augmentation.evaluation(source.image(index), TRANSFORM));
    }

    private static float[] image(EvalBatch batch, int row) {
        int length = 3 * TRANSFORM.crop().pixels();
        return Arrays.copyOfRange(batch.images(), row * length, (row + 1) * length);
    }

    /** With the gaps closed; a batch may be empty but never null before the end. */
    @Test
    void unreadableImagesAreLeftOutAndCounted() throws IOException {
        NumberedSource source = NumberedSource.of(9, 0, 2, 3, 4, 5, 8);
        ReadableImages images = new ReadableImages(source);
        List<Integer> counts = new ArrayList<>();
        List<Integer> indices = new ArrayList<>();
        try (EvalLoader loader = new EvalLoader(images, TRANSFORM, 3, 2, 1)) {
            for (EvalBatch batch = loader.next(); batch != null; batch = loader.next()) {
                counts.add(batch.count());
                for (int row = 0; row < batch.count(); row++) {
                    int index = batch.indices()[row];
                    indices.add(index);
                    assertEquals(index % 3, batch.labels()[row]);
                    assertArrayEquals(expected(source, index), image(batch, row));
                }
                batch.release();
            }
        }
        assertEquals(List.of(1, 0, 2), counts);
        assertEquals(List.of(1, 6, 7), indices);
        assertEquals(6, images.unreadableCount());
    }

    @Test
    void noImagesGiveNoBatches() {
        ReadableImages none = new ReadableImages(new EmptySource(List.of()));
        try (EvalLoader loader = new EvalLoader(none, TRANSFORM, 3, 2, 1)) {
            assertNull(loader.next());
        }
    }

    @Test
    void numbersBelowOneAreRefused() {
        ReadableImages images = new ReadableImages(NumberedSource.of(1));
        assertThrows(UserException.class, () -> new EvalLoader(images, TRANSFORM, 0, 1, 1));
        assertThrows(UserException.class, () -> new EvalLoader(images, TRANSFORM, 1, 0, 1));
        assertThrows(UserException.class, () -> new EvalLoader(images, TRANSFORM, 1, 1, 0));
    }
}
