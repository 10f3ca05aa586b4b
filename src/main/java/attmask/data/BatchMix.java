package attmask.data;

import attmask.config.Size;
import attmask.random.RandomStream;
import org.apache.commons.math3.distribution.BetaDistribution;

/**
 * Mixup (Zhang et al. 2018) or CutMix (Yun et al. 2019) of a batch with itself in reverse order, as timm mixes whole
 * batches: images b and B − 1 − b are mixed with each other, and their labels likewise.
 *
 * @param share λ, of an image and its label that is its own
 * @param cut the rectangle that comes from the other image; null to add the images up
 */
public record BatchMix(double share, Cut cut) {
    /** Nothing is mixed. */
    public static final BatchMix NONE = new BatchMix(1, null);

    private static final double CUTMIX_PROBABILITY = 0.5;

    /** Pixels from (left, top) on. */
    public record Cut(int left, int top, int width, int height) {}

    /**
     * Draws how a batch is mixed: one of the two if both are wanted, each half the time.
     *
     * @param mixup α of mixup's λ ~ Beta(α, α); 0 for no mixup
     * @param cutmix α of CutMix's; 0 for no CutMix
     */
    public static BatchMix draw(double mixup, double cutmix, Size size, RandomStream random) {
        if (mixup == 0 && cutmix == 0) {
            return NONE;
        }
        boolean cut = cutmix > 0 && (mixup == 0 || random.chance(CUTMIX_PROBABILITY));
        double alpha = cut ? cutmix : mixup;
        double share = new BetaDistribution(random, alpha, alpha).sample();
        return cut ? cut(share, size, random) : new BatchMix(share, null);
    }

    /** A rectangle of the image's shape around any pixel; what lies outside is cut off, and the share made exact. */
    private static BatchMix cut(double share, Size size, RandomStream random) {
        double side = Math.sqrt(1 - share);
        int halfHeight = (int) (size.height() * side) / 2;
        int halfWidth = (int) (size.width() * side) / 2;
        int y = random.nextInt(size.height());
        int x = random.nextInt(size.width());
        int top = Math.max(0, y - halfHeight);
        int left = Math.max(0, x - halfWidth);
        int height = Math.min(size.height(), y + halfHeight) - top;
        int width = Math.min(size.width(), x + halfWidth) - left;
        return new BatchMix(1 - (double) height * width / size.pixels(), new Cut(left, top, width, height));
    }

    /** Mixes images (B, 3, H, W) in place. */
    public void apply(float[] images, int batch, Size size) {
        int image = 3 * size.pixels();
        for (int b = 0; b < batch / 2; b++) {
            int one = b * image;
            int other = (batch - 1 - b) * image;
            if (cut == null) {
                add(images, one, other, image);
                continue;
            }
            for (int row = 0; row < 3 * size.height(); row++) {
                int y = row % size.height();
                if (y >= cut.top() && y < cut.top() + cut.height()) {
                    int at = row * size.width() + cut.left();
                    exchange(images, one + at, other + at, cut.width());
                }
            }
        }
    }

    private void add(float[] images, int one, int other, int count) {
        float own = (float) share;
        for (int i = 0; i < count; i++) {
            float a = images[one + i];
            float b = images[other + i];
            images[one + i] = own * a + (1 - own) * b;
            images[other + i] = own * b + (1 - own) * a;
        }
    }

    private static void exchange(float[] images, int one, int other, int count) {
        for (int i = 0; i < count; i++) {
            float swap = images[one + i];
            images[one + i] = images[other + i];
            images[other + i] = swap;
        }
    }

    /**
     * Writes the targets (B, C): both labels by their shares, smoothed (Szegedy et al. 2016).
     *
     * @param smoothing share of every target that is spread over all classes
     */
    public void targets(float[] targets, int[] labels, int classes, double smoothing) {
        int batch = labels.length;
        for (int b = 0; b < batch; b++) {
            for (int c = 0; c < classes; c++) {
                targets[b * classes + c] = (float) (smoothing / classes);
            }
            targets[b * classes + labels[b]] += (float) ((1 - smoothing) * share);
            targets[b * classes + labels[batch - 1 - b]] += (float) ((1 - smoothing) * (1 - share));
        }
    }
}
