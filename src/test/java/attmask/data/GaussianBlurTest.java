package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import org.junit.jupiter.api.Test;

class GaussianBlurTest {
    /** Radii of 0 to 12 whole pixels, images smaller than the box, one that needs several chunks, one instance. */
    @Test
    void threeBoxesAlongRowsThenThreeAlongColumns() {
        int[][] sizes = {{1, 1}, {1, 9}, {9, 1}, {5, 3}, {31, 33}, {96, 96}};
        GaussianBlur blur = new GaussianBlur();
        Planes image = new Planes();
        for (float deviation : new float[] {0.1f, 0.7f, 1.4f, 1.5f, 2, 3.3f, 12}) {
            for (int[] size : sizes) {
                image.reshape(size[0], size[1]);
                RandomStream random = new RandomStream(4, Purpose.TEST, size[0], size[1]);
                int[][] expected = new int[3][image.pixels()];
                for (int channel = 0; channel < 3; channel++) {
                    for (int i = 0; i < image.pixels(); i++) {
                        image.plane(channel)[i] = random.nextInt(256);
                        expected[channel][i] = image.plane(channel)[i];
                    }
                    expected[channel] = blurred(expected[channel], size[0], size[1], deviation);
                }
                blur.blur(image, deviation);
                for (int channel = 0; channel < 3; channel++) {
                    for (int i = 0; i < image.pixels(); i++) {
                        assertEquals(
                                expected[channel][i],
                                image.plane(channel)[i],
                                deviation + " on " + size[0] + "x" + size[1] + " at " + i);
                    }
                }
            }
        }
    }

    private static int[] blurred(int[] plane, int width, int height, float deviation) {
        float radius = GaussianBlur.boxRadius(deviation);
        int[] result = plane;
        for (int pass = 0; pass < 6; pass++) {
            result = box(result, width, height, radius, pass < 3);
        }
        return result;
    }

    private static int[] box(int[] plane, int width, int height, float boxRadius, boolean alongRows) {
        int radius = (int) boxRadius;
        int inner = (int) ((1 << 24) / (boxRadius * 2 + 1));
        int outer = ((1 << 24) - (radius * 2 + 1) * inner) / 2;
        int[] result = new int[plane.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                long sum = 1 << 23;
                for (int k = -radius - 1; k <= radius + 1; k++) {
                    int column = alongRows ? Math.max(0, Math.min(width - 1, x + k)) : x;
                    int row = alongRows ? y : Math.max(0, Math.min(height - 1, y + k));
                    sum += (long) (Math.abs(k) <= radius ? inner : outer) * plane[row * width + column];
                }
                result[y * width + x] = (int) (sum >> 24);
            }
        }
        return result;
    }
}
