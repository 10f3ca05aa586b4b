package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.data.BicubicResampler.Box;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import org.junit.jupiter.api.Test;

class BicubicResamplerTest {
    private static final int PRECISION = 22;

    /** Sizes from one pixel on, odd and even numbers of rows, extremes of contrast, one instance for all. */
    @Test
    void everyPixelIsTheFixedPointSumOfItsBoxMirroredOrNot() {
        BicubicResampler resampler = new BicubicResampler();
        Planes planes = new Planes();
        for (int number = 0; number < 400; number++) {
            RandomStream random = new RandomStream(3, Purpose.TEST, number, 0);
            RgbImage image = RgbImage.black(1 + random.nextInt(40), 1 + random.nextInt(40));
            for (int i = 0; i < image.rgb().length; i++) {
                image.rgb()[i] = (byte) (random.chance(0.5) ? random.nextInt(256) : random.chance(0.5) ? 255 : 0);
            }
            int boxWidth = 1 + random.nextInt(image.width());
            int boxHeight = 1 + random.nextInt(image.height());
            Box box = new Box(
                    random.nextInt(image.width() - boxWidth + 1),
                    random.nextInt(image.height() - boxHeight + 1),
                    boxWidth,
                    boxHeight);
            int width = 1 + random.nextInt(40);
            int height = 1 + random.nextInt(40);
            int left = random.nextInt(width);
            int top = random.nextInt(height);
            Box window = new Box(left, top, 1 + random.nextInt(width - left), 1 + random.nextInt(height - top));
            boolean mirrored = random.chance(0.5);
            resampler.resize(image, box, width, height, window, mirrored, planes);
            assertEquals(window.width(), planes.width());
            assertEquals(window.height(), planes.height());
            for (int y = 0; y < window.height(); y++) {
                for (int x = 0; x < window.width(); x++) {
                    int at = y * window.width() + (mirrored ? window.width() - 1 - x : x);
                    for (int channel = 0; channel < 3; channel++) {
                        int expected = pixel(image, box, width, height, left + x, top + y, channel);
                        assertEquals(expected, planes.plane(channel)[at], number + ": " + x + "," + y);
                    }
                }
            }
        }
    }

    private static int pixel(RgbImage image, Box box, int width, int height, int x, int y, int channel) {
        int[] across = weights(box.width(), width, x);
        int[] down = weights(box.height(), height, y);
        long sum = 1 << (PRECISION - 1);
        for (int row = 0; row < box.height(); row++) {
            long line = 1 << (PRECISION - 1);
            for (int column = 0; column < box.width(); column++) {
                line += (long) across[column] * image.get(box.left() + column, box.top() + row, channel);
            }
            sum += (long) down[row] * clip(line);
        }
        return clip(sum);
    }

    private static int clip(long fixed) {
        return (int) Math.max(0, Math.min(255, fixed >> PRECISION));
    }

    /** A weight for every source pixel, 0 for most. */
    private static int[] weights(int from, int to, int result) {
        double scale = (double) from / to;
        double stretch = Math.max(scale, 1);
        double centre = (result + 0.5) * scale;
        int low = Math.max((int) (centre - 2 * stretch + 0.5), 0);
        int high = Math.min((int) (centre + 2 * stretch + 0.5), from);
        double[] exact = new double[from];
        double total = 0;
        for (int i = low; i < high; i++) {
            exact[i] = cubic(Math.abs((i - centre + 0.5) * (1 / stretch)));
            total += exact[i];
        }
        int[] weights = new int[from];
        for (int i = low; i < high; i++) {
            double fixed = exact[i] / total * (1 << PRECISION);
            weights[i] = (int) (fixed < 0 ? fixed - 0.5 : fixed + 0.5);
        }
        return weights;
    }

    private static double cubic(double x) {
        double a = -0.5;
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }
}
