package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Size;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RandomErasingTest {
    private static final Size SIZE = new Size(24, 32);
    private static final int OFFSET = 7;
    private static final float KEPT = 9;

    private static float[] erased(double probability, int number) {
        float[] planes = new float[OFFSET + 3 * SIZE.pixels() + OFFSET];
        Arrays.fill(planes, KEPT);
        RandomErasing.apply(probability, planes, OFFSET, SIZE, new RandomStream(2, Purpose.TEST, number, 0));
        return planes;
    }

    private static boolean isErased(float[] planes, int channel, int y, int x) {
        return planes[OFFSET + (channel * SIZE.height() + y) * SIZE.width() + x] != KEPT;
    }

    /** A rectangle of 2 to 33 % (give or take the rounding of its sides), the same in every channel, nothing beyond. */
    @Test
    void oneRectangleBecomesNoise() {
        double noise = 0;
        double squares = 0;
        long count = 0;
        for (int number = 0; number < 200; number++) {
            float[] planes = erased(1, number);
            int top = SIZE.height(), bottom = -1, left = SIZE.width(), right = -1;
            for (int y = 0; y < SIZE.height(); y++) {
                for (int x = 0; x < SIZE.width(); x++) {
                    if (isErased(planes, 0, y, x)) {
                        top = Math.min(top, y);
                        bottom = Math.max(bottom, y);
                        left = Math.min(left, x);
                        right = Math.max(right, x);
                    }
                }
            }
            int area = (bottom - top + 1) * (right - left + 1);
            assertTrue(area >= 0.015 * SIZE.pixels() && area <= 0.36 * SIZE.pixels(), "area " + area);
            int changed = 0;
            for (int i = 0; i < planes.length; i++) {
                changed += planes[i] != KEPT ? 1 : 0;
            }
            assertEquals(3 * area, changed, "every channel, and nothing outside the rectangle");
            for (int channel = 0; channel < 3; channel++) {
                for (int y = top; y <= bottom; y++) {
                    for (int x = left; x <= right; x++) {
                        assertTrue(isErased(planes, channel, y, x));
                        float value = planes[OFFSET + (channel * SIZE.height() + y) * SIZE.width() + x];
                        noise += value;
                        squares += value * value;
                        count++;
                    }
                }
            }
        }
        // Four deviations of the mean and of the variance.
        assertEquals(0, noise / count, 4 / Math.sqrt(count));
        assertEquals(1, squares / count, 4 * Math.sqrt(2.0 / count));
    }

    @Test
    void asOftenAsAsked() {
        int erased = 0;
        for (int number = 0; number < 2000; number++) {
            for (float value : erased(0.25, number)) {
                if (value != KEPT) {
                    erased++;
                    break;
                }
            }
        }
        assertEquals(0.25, erased / 2000.0, 4 * Math.sqrt(0.25 * 0.75 / 2000));
    }

    /** Nothing of 2 to 33 % fits into an image of one row. */
    @Test
    void anImageTooSmallStaysWhole() {
        float[] planes = new float[3 * 8];
        RandomErasing.apply(1, planes, 0, new Size(1, 8), new RandomStream(2, Purpose.TEST, 0, 0));
        assertEquals(0, Arrays.hashCode(planes) - Arrays.hashCode(new float[3 * 8]));
    }
}
