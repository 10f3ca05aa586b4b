package attmask.report;

import attmask.data.RgbImage;

/** An RGB picture to paint on. Colours are 0xRRGGBB; whatever lies outside is left out. */
final class Canvas {
    private final int width;
    private final int height;
    private final byte[] rgb;

    Canvas(int width, int height, int background) {
        this.width = width;
        this.height = height;
        this.rgb = RgbImage.black(width, height).rgb();
        fill(0, 0, width, height, background);
    }

    RgbImage image() {
        return new RgbImage(width, height, rgb);
    }

    /** Mixes a colour into a pixel, opacity 0 (nothing) to 1 (replaced). */
    void blend(int x, int y, int colour, double opacity) {
        if (x < 0 || y < 0 || x >= width || y >= height) {
            return;
        }
        int at = (y * width + x) * 3;
        for (int c = 0; c < 3; c++) {
            int target = colour >> (16 - 8 * c) & 0xFF;
            int old = rgb[at + c] & 0xFF;
            rgb[at + c] = (byte) Math.round(old + (target - old) * opacity);
        }
    }

    void fill(int left, int top, int boxWidth, int boxHeight, int colour) {
        for (int y = top; y < top + boxHeight; y++) {
            for (int x = left; x < left + boxWidth; x++) {
                blend(x, y, colour, 1);
            }
        }
    }

    void draw(RgbImage image, int left, int top) {
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                int colour = image.get(x, y, 0) << 16 | image.get(x, y, 1) << 8 | image.get(x, y, 2);
                blend(left + x, top + y, colour, 1);
            }
        }
    }
}
