package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import org.junit.jupiter.api.Test;

class FewShotTest {
    /** Classes 0 and 1 in turn; image i of a class is its class's axis, but the images of class 1 from {@code wrong} on lie. */
    private static Features alternating(int perClass, int wrong) {
        int[] labels = new int[2 * perClass];
        float[] rows = new float[4 * perClass];
        for (int i = 0; i < 2 * perClass; i++) {
            labels[i] = i % 2;
            int axis = i % 2 == 1 && i / 2 >= wrong ? 0 : i % 2;
            rows[2 * i + axis] = 1;
        }
        return Features.normalised(rows, 2, labels);
    }

    @Test
    void takesTheStartsOfTheProtocol() {
        assertArrayEquals(new int[] {0, 5, 10, 15, 20}, FewShot.starts(1));
        assertArrayEquals(new int[] {0, 5, 10, 15, 20}, FewShot.starts(5));
        assertArrayEquals(new int[] {0, 10, 20, 30, 40}, FewShot.starts(10));
        assertArrayEquals(new int[] {0, 20, 40, 60, 80}, FewShot.starts(20));
        assertEquals(1, FewShot.neighbours(1));
        assertEquals(20, FewShot.neighbours(5));
    }

    @Test
    void theBankIsASliceOfEachClass() {
        assertArrayEquals(new int[] {4, 5, 6, 7}, FewShot.images(alternating(6, 6), 2, 2));
    }

    @Test
    void averagesTheFiveStarts() {
        Features bank = alternating(25, 12);
        Features queries = alternating(10, 10);
        FewShot.Result result = FewShot.evaluate(bank, queries, 1, 2);
        // Start 15 and 20 put class 1 on class 0's axis: equal similarity, so the first in the bank, class 0, wins.
        assertArrayEquals(new double[] {100, 100, 100, 50, 50}, result.accuracies());
        assertEquals(80, result.mean(), 1e-12);
        assertEquals(Math.sqrt((3 * 400 + 2 * 900) / 4.0), result.deviation(), 1e-12);
    }

    @Test
    void saysWhichClassIsTooSmall() {
        UserException e =
                assertThrows(UserException.class, () -> FewShot.evaluate(alternating(24, 24), alternating(3, 3), 5, 1));
        assertTrue(e.getMessage().contains("class 0 has 24 images"), e.getMessage());
        assertThrows(UserException.class, () -> FewShot.evaluate(alternating(24, 24), alternating(3, 3), 0, 1));
    }
}
