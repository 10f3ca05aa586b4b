package attmask.data;

/** Draws one built-in image with anti-aliasing, in colours of 0..255. */
final class ShapeCanvas {
    /** Samples per pixel and axis along an object's edge. */
    private static final int SAMPLES = 4;

    private final int width;
    private final int height;
    private final float[] pixels;

    ShapeCanvas(int width, int height) {
        this.width = width;
        this.height = height;
        this.pixels = new float[width * height * 3];
    }

    void background(ShapeTexture texture, float[] first, float[] second) {
        int longer = Math.max(width, height);
        for (int y = 0, at = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                float blend = (float) texture.at((x + 0.5) / longer, (y + 0.5) / longer);
                for (int channel = 0; channel < 3; channel++) {
                    pixels[at++] = first[channel] + blend * (second[channel] - first[channel]);
                }
            }
        }
    }

    /** A stroke from (x0, y0) to (x1, y1) with round ends; a dot where both are the same. Units: pixels. */
    void stroke(double x0, double y0, double x1, double y1, double radius, float[] color) {
        double dx = x1 - x0;
        double dy = y1 - y0;
        double squared = dx * dx + dy * dy;
        int left = bound(Math.min(x0, x1) - radius - 1, width);
        int right = bound(Math.max(x0, x1) + radius + 2, width);
        int top = bound(Math.min(y0, y1) - radius - 1, height);
        int bottom = bound(Math.max(y0, y1) + radius + 2, height);
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                double px = x + 0.5 - x0;
                double py = y + 0.5 - y0;
                double along = squared == 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
                double ex = px - along * dx;
                double ey = py - along * dy;
                double cover = radius - Math.sqrt(ex * ex + ey * ey) + 0.5;
                if (cover > 0) {
                    mix(y * width + x, (float) Math.min(1, cover), color, 1);
                }
            }
        }
    }

    /** Where an object lies: centre and radius in pixels, turned by an angle given as cosine and sine. */
    record Placement(double x, double y, double radius, double cos, double sin) {}

    /**
     * An object over what was drawn before.
     *
     * @param shade brightness changes by up to this share from one side of the object to the other
     */
    void object(ShapeClass shape, Placement place, float[] color, double shade) {
        int left = bound(place.x() - place.radius() - 1, width);
        int right = bound(place.x() + place.radius() + 2, width);
        int top = bound(place.y() - place.radius() - 1, height);
        int bottom = bound(place.y() + place.radius() + 2, height);
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                int covered = covered(shape, place, x, y);
                if (covered > 0) {
                    float cover = (float) covered / (SAMPLES * SAMPLES);
                    float light = (float) (1 + shade * (y + 0.5 - place.y()) / place.radius());
                    mix(y * width + x, cover, color, light);
                }
            }
        }
    }

    /** How many of a pixel's samples lie in the object. */
    private static int covered(ShapeClass shape, Placement place, int x, int y) {
        int covered = 0;
        double step = 1.0 / SAMPLES;
        for (int row = 0; row < SAMPLES; row++) {
            double dy = (y + (row + 0.5) * step - place.y()) / place.radius();
            for (int column = 0; column < SAMPLES; column++) {
                double dx = (x + (column + 0.5) * step - place.x()) / place.radius();
                if (shape.contains(dx * place.cos() + dy * place.sin(), dy * place.cos() - dx * place.sin())) {
                    covered++;
                }
            }
        }
        return covered;
    }

    private void mix(int pixel, float cover, float[] color, float light) {
        for (int channel = 0; channel < 3; channel++) {
            int at = pixel * 3 + channel;
            pixels[at] += cover * (color[channel] * light - pixels[at]);
        }
    }

    private static int bound(double value, int size) {
        return Math.max(0, Math.min(size, (int) Math.floor(value)));
    }

    RgbImage image() {
        RgbImage image = RgbImage.black(width, height);
        for (int i = 0; i < pixels.length; i++) {
            image.rgb()[i] = (byte) Math.max(0, Math.min(255, (int) (pixels[i] + 0.5f)));
        }
        return image;
    }
}
