package attmask.ops;

import attmask.ops.Augment.Colour;
import attmask.ops.Augment.Crop;
import java.nio.ByteBuffer;

/** {@link Augment} up to the normalisation, step after step as it is defined. */
public final class CropPixels {
    private static final int HALF = 1 << ResizeTaps.PRECISION - 1;

    private final int width;
    private final int height;
    private final int area;
    /** Values 0..255 in planes (3, height, width). */
    private int[] values;

    private CropPixels(int width, int height) {
        this.width = width;
        this.height = height;
        area = width * height;
        values = new int[3 * area];
    }

    /** The crop as values 0..255 in planes (3, height, width). */
    public static int[] of(ByteBuffer images, Crop crop, int width, int height) {
        CropPixels pixels = new CropPixels(width, height);
        pixels.resize(images, crop);
        if (crop.flip()) {
            pixels.flip();
        }
        for (Colour colour : crop.colours()) {
            pixels.change(colour);
        }
        if (crop.grey()) {
            pixels.grey();
        }
        pixels.blur(BoxBlur.of(crop.blur()));
        if (crop.solarise()) {
            pixels.solarise();
        }
        return pixels.values;
    }

    /** First along rows, rounded to 8 bits, then along columns. */
    private void resize(ByteBuffer images, Crop crop) {
        ResizeTaps across = ResizeTaps.of(crop.width(), width);
        ResizeTaps down = ResizeTaps.of(crop.height(), height);
        int[] rows = new int[crop.height() * width];
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < crop.height(); y++) {
                long line = crop.image().offset()
                        + 3 * ((crop.top() + y) * (long) crop.image().width() + crop.left());
                for (int x = 0; x < width; x++) {
                    int sum = HALF;
                    for (int t = 0; t < across.weight()[x].length; t++) {
                        int at = (int) line + 3 * (across.first()[x] + t) + channel;
                        sum += across.weight()[x][t] * (images.get(at) & 0xFF);
                    }
                    rows[y * width + x] = clip(sum >> ResizeTaps.PRECISION);
                }
            }
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int sum = HALF;
                    for (int t = 0; t < down.weight()[y].length; t++) {
                        sum += down.weight()[y][t] * rows[(down.first()[y] + t) * width + x];
                    }
                    values[(channel * height + y) * width + x] = clip(sum >> ResizeTaps.PRECISION);
                }
            }
        }
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(255, value));
    }

    private void flip() {
        int[] from = values.clone();
        for (int line = 0; line < values.length; line += width) {
            for (int x = 0; x < width; x++) {
                values[line + x] = from[line + width - 1 - x];
            }
        }
    }

    private void change(Colour colour) {
        float factor = (float) colour.amount();
        int mean = colour.change() == Augment.Change.CONTRAST ? meanGrey() : 0;
        for (int i = 0; i < area; i++) {
            switch (colour.change()) {
                case BRIGHTNESS -> blend(i, 0, factor);
                case CONTRAST -> blend(i, mean, factor);
                case SATURATION -> blend(i, luminance(i), factor);
                case HUE -> turn(i, colour.hueSteps());
            }
        }
    }

    private int meanGrey() {
        long sum = 0;
        for (int i = 0; i < area; i++) {
            sum += luminance(i);
        }
        return (int) ((double) sum / area + 0.5);
    }

    /** ITU-R 601-2 in 16-bit fixed point. */
    private int luminance(int i) {
        return (19595 * values[i] + 38470 * values[area + i] + 7471 * values[2 * area + i] + 0x8000) >> 16;
    }

    /** other + factor·(value - other) in float32, truncated. */
    private void blend(int i, int other, float factor) {
        for (int at = i; at < values.length; at += area) {
            values[at] = clip((int) (other + factor * (values[at] - other)));
        }
    }

    private void set(int i, int red, int green, int blue) {
        values[i] = red;
        values[area + i] = green;
        values[2 * area + i] = blue;
    }

    /** RGB to 8-bit HSV, there the turn, and back. */
    private void turn(int i, int steps) {
        int red = values[i];
        int green = values[area + i];
        int blue = values[2 * area + i];
        int value = Math.max(red, Math.max(green, blue));
        int spread = value - Math.min(red, Math.min(green, blue));
        if (spread == 0) {
            return;
        }
        int saturation = (int) ((float) spread / value * 255.0);
        double angle = ((hue(red, green, blue, value, spread) + steps) & 0xFF) * 6f / 255.0;
        int sector = (int) angle;
        float rest = (float) (angle - sector);
        float s = (float) (saturation / 255.0);
        int p = (int) (value * (1.0 - s) + 0.5);
        int q = (int) (value * (1.0 - s * rest) + 0.5);
        int t = (int) (value * (1.0 - s * (1.0 - rest)) + 0.5);
        switch (sector % 6) {
            case 0 -> set(i, value, t, p);
            case 1 -> set(i, q, value, p);
            case 2 -> set(i, p, value, t);
            case 3 -> set(i, p, q, value);
            case 4 -> set(i, t, p, value);
            default -> set(i, value, p, q);
        }
    }

    private static int hue(int red, int green, int blue, int value, float spread) {
        float r = (value - red) / spread;
        float g = (value - green) / spread;
        float b = (value - blue) / spread;
        float h = red == value ? b - g : green == value ? (float) (2.0 + r - b) : (float) (4.0 + g - r);
        double around = h / 6.0 + 1.0;
        return (int) ((float) (around < 1 ? around : around - 1) * 255.0);
    }

    private void grey() {
        for (int i = 0; i < area; i++) {
            int grey = luminance(i);
            set(i, grey, grey, grey);
        }
    }

    /** Three passes along rows, then three along columns; ends are repeated. */
    private void blur(BoxBlur box) {
        for (int pass = 0; pass < 2 * BoxBlur.PASSES && !box.isNone(); pass++) {
            boolean down = pass >= BoxBlur.PASSES;
            int[] blurred = new int[values.length];
            for (int plane = 0; plane < values.length; plane += area) {
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        blurred[plane + y * width + x] = down
                                ? boxed(plane + x, width, height, y, box)
                                : boxed(plane + y * width, 1, width, x, box);
                    }
                }
            }
            values = blurred;
        }
    }

    /** Pixel {@code at} of a line of {@code size} pixels, blurred once. */
    private int boxed(int line, int step, int size, int at, BoxBlur box) {
        int sum = 0;
        for (int d = -box.radius(); d <= box.radius(); d++) {
            sum += values[line + step * within(at + d, size)];
        }
        int before = values[line + step * within(at - box.radius() - 1, size)];
        int after = values[line + step * within(at + box.radius() + 1, size)];
        return box.round(sum, before + after);
    }

    private static int within(int i, int size) {
        return Math.max(0, Math.min(size - 1, i));
    }

    private void solarise() {
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] < Augment.SOLARISE_FROM ? values[i] : 255 - values[i];
        }
    }
}
