package attmask.data;

import attmask.config.Size;
import attmask.random.RandomStream;

/**
 * Random erasing (Zhong et al. 2020) as timm does it per pixel: a rectangle of 2 to 33 % of a normalised image, aspect
 * 0.3 to 3.3 uniform in the logarithm, becomes standard normal noise. Ten tries to find one that fits; else none.
 */
final class RandomErasing {
    private static final int TRIES = 10;
    private static final double SMALLEST = 0.02;
    private static final double LARGEST = 1.0 / 3;
    private static final double LOG_ASPECT = StrictMath.log(1 / 0.3);

    private RandomErasing() {}

    /** Erases part of the image (3, H, W) that begins at {@code offset}, with the given probability. */
    static void apply(double probability, float[] planes, int offset, Size size, RandomStream random) {
        if (!random.chance(probability)) {
            return;
        }
        for (int attempt = 0; attempt < TRIES; attempt++) {
            double area = random.uniform(SMALLEST, LARGEST) * size.pixels();
            double aspect = StrictMath.exp(random.uniform(-LOG_ASPECT, LOG_ASPECT));
            int h = (int) Math.rint(Math.sqrt(area * aspect));
            int w = (int) Math.rint(Math.sqrt(area / aspect));
            if (h > 0 && w > 0 && h < size.height() && w < size.width()) {
                int top = random.nextInt(size.height() - h + 1);
                int left = random.nextInt(size.width() - w + 1);
                erase(planes, offset, size, new BicubicResampler.Box(left, top, w, h), random);
                return;
            }
        }
    }

    private static void erase(float[] planes, int offset, Size size, BicubicResampler.Box box, RandomStream random) {
        for (int channel = 0; channel < 3; channel++) {
            for (int y = box.top(); y < box.top() + box.height(); y++) {
                int row = offset + (channel * size.height() + y) * size.width();
                for (int x = box.left(); x < box.left() + box.width(); x++) {
                    planes[row + x] = (float) random.nextGaussian();
                }
            }
        }
    }
}
