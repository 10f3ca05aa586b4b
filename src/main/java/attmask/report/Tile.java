package attmask.report;

import attmask.data.RgbImage;
import attmask.ops.Grid;

/** One image at the size at which it is shown, with attention or a mask painted over it. */
final class Tile {
    /** Small images are magnified to about this many pixels, the longer side, */
    private static final int ENLARGED = 160;
    /** and larger ones shrunk to this many. */
    private static final int LARGEST = 288;

    private static final double HEAT_OPACITY = 0.65;
    private static final int HIDDEN = 0x2B3038;
    private static final int HIDDEN_LINE = 0x3E454F;
    /** Patches smaller than this are not outlined. */
    private static final int OUTLINED_PATCH = 6;

    private Tile() {}

    /** The image magnified by a whole factor (its pixels stay squares) or shrunk by averaging. */
    static RgbImage of(RgbImage image) {
        int side = Math.max(image.width(), image.height());
        double scale = side > LARGEST ? (double) LARGEST / side : Math.max(1, Math.round((double) ENLARGED / side));
        int width = (int) Math.max(1, Math.round(image.width() * scale));
        int height = (int) Math.max(1, Math.round(image.height() * scale));
        RgbImage tile = RgbImage.black(width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                average(tile, x, y, image);
            }
        }
        return tile;
    }

    /** Sets a pixel to the mean of the image's pixels that it covers; one pixel when magnifying. */
    private static void average(RgbImage tile, int x, int y, RgbImage image) {
        int left = (int) ((long) x * image.width() / tile.width());
        int right = Math.max(left + 1, (int) ((long) (x + 1) * image.width() / tile.width()));
        int top = (int) ((long) y * image.height() / tile.height());
        int bottom = Math.max(top + 1, (int) ((long) (y + 1) * image.height() / tile.height()));
        int count = (right - left) * (bottom - top);
        for (int c = 0; c < 3; c++) {
            int sum = 0;
            for (int v = top; v < bottom; v++) {
                for (int u = left; u < right; u++) {
                    sum += image.get(u, v, c);
                }
            }
            tile.rgb()[(y * tile.width() + x) * 3 + c] = (byte) ((sum + count / 2) / count);
        }
    }

    /**
     * The tile in grey under the attention in colour.
     *
     * @param attention (T) over the grid, row-major; the least is shown as 0, the largest as 1
     */
    static RgbImage attention(RgbImage tile, Grid grid, double[] attention) {
        double[] heat = Bicubic.enlarge(normalised(attention), grid, tile.height(), tile.width());
        Canvas canvas = new Canvas(tile.width(), tile.height(), 0);
        for (int y = 0; y < tile.height(); y++) {
            for (int x = 0; x < tile.width(); x++) {
                // Luma of ITU-R BT.601, Pillow's "L".
                double grey = 0.299 * tile.get(x, y, 0) + 0.587 * tile.get(x, y, 1) + 0.114 * tile.get(x, y, 2);
                canvas.blend(x, y, (int) Math.round(grey) * 0x010101, 1);
                canvas.blend(x, y, Colormap.inferno(heat[y * tile.width() + x]), HEAT_OPACITY);
            }
        }
        return canvas.image();
    }

    private static double[] normalised(double[] values) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        double[] unit = new double[values.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = high > low ? (values[i] - low) / (high - low) : 0;
        }
        return unit;
    }

    /** The tile with the hidden patches painted over. */
    static RgbImage masked(RgbImage tile, Grid grid, boolean[] mask) {
        Canvas canvas = new Canvas(tile.width(), tile.height(), 0);
        canvas.draw(tile, 0, 0);
        for (int patch = 0; patch < mask.length; patch++) {
            if (mask[patch]) {
                int row = patch / grid.width();
                int column = patch % grid.width();
                int left = column * tile.width() / grid.width();
                int top = row * tile.height() / grid.height();
                int width = (column + 1) * tile.width() / grid.width() - left;
                int height = (row + 1) * tile.height() / grid.height() - top;
                hide(canvas, left, top, width, height);
            }
        }
        return canvas.image();
    }

    /** A dark patch; hairlines on its right and lower side show where it ends. */
    private static void hide(Canvas canvas, int left, int top, int width, int height) {
        boolean outlined = Math.min(width, height) >= OUTLINED_PATCH;
        canvas.fill(left, top, width, height, outlined ? HIDDEN_LINE : HIDDEN);
        if (outlined) {
            canvas.fill(left, top, width - 1, height - 1, HIDDEN);
        }
    }
}
