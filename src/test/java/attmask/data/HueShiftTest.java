package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.ops.Augment.Change;
import attmask.ops.Augment.Colour;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HueShiftTest {
    /** All 2^24 colours, against the conversions as Pillow's C writes them: float32 and double, step by step. */
    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 0.3})
    void everyColourComesOutAsByPillowsArithmetic(double turn) {
        ColorJitter jitter = new ColorJitter();
        List<Colour> changes = List.of(new Colour(Change.HUE, turn));
        Planes image = new Planes();
        for (int red = 0; red < 256; red++) {
            image.reshape(256, 256);
            for (int i = 0; i < 65536; i++) {
                image.plane(0)[i] = red;
                image.plane(1)[i] = i >> 8;
                image.plane(2)[i] = i & 0xFF;
            }
            jitter.apply(changes, image);
            for (int i = 0; i < 65536; i++) {
                int expected = turned(red, i >> 8, i & 0xFF, turn);
                int actual = image.plane(0)[i] << 16 | image.plane(1)[i] << 8 | image.plane(2)[i];
                if (actual != expected) {
                    assertEquals(Integer.toHexString(expected), Integer.toHexString(actual), red + "," + i);
                }
            }
        }
    }

    /** One formula in float32 stands for v·(1 - s) and for both forms of v·(1 - s·w) in every case there is. */
    @Test
    void partsAreRoundedAsInFloatingPoint() {
        for (int hue = 0; hue < 256; hue++) {
            int within = hue * 6 % 255;
            double angle = hue * 6f / 255.0;
            float rest = (float) (angle - (int) angle);
            for (int saturation = 0; saturation < 256; saturation++) {
                float s = (float) (saturation / 255.0);
                for (int value = 0; value < 256; value++) {
                    int p = (int) (value * (1.0 - s) + 0.5);
                    int q = (int) (value * (1.0 - s * rest) + 0.5);
                    int t = (int) (value * (1.0 - s * (1.0 - rest)) + 0.5);
                    if (p != value - HueShift.part(value * saturation, 255)
                            || q != value - HueShift.part(value * saturation, within)
                            || t != value - HueShift.part(value * saturation, 255 - within)) {
                        assertEquals(p + " " + q + " " + t, "other", hue + " " + saturation + " " + value);
                    }
                }
            }
        }
    }

    private static int turned(int red, int green, int blue, double turn) {
        int value = Math.max(red, Math.max(green, blue));
        int spread = value - Math.min(red, Math.min(green, blue));
        if (spread == 0) {
            return rgb(red, green, blue);
        }
        int saturation = (int) ((float) spread / value * 255.0);
        int hue = hue(red, green, blue, value, spread) + (int) (turn * 255) & 0xFF;
        if (saturation == 0) {
            return rgb(value, value, value);
        }
        double angle = hue * 6f / 255.0;
        int sector = (int) angle;
        float rest = (float) (angle - sector);
        float s = (float) (saturation / 255.0);
        int p = (int) (value * (1.0 - s) + 0.5);
        int q = (int) (value * (1.0 - s * rest) + 0.5);
        int t = (int) (value * (1.0 - s * (1.0 - rest)) + 0.5);
        return switch (sector % 6) {
            case 0 -> rgb(value, t, p);
            case 1 -> rgb(q, value, p);
            case 2 -> rgb(p, value, t);
            case 3 -> rgb(p, q, value);
            case 4 -> rgb(t, p, value);
            default -> rgb(value, p, q);
        };
    }

    private static int hue(int red, int green, int blue, int value, float spread) {
        float r = (value - red) / spread;
        float g = (value - green) / spread;
        float b = (value - blue) / spread;
        float h;
        if (red == value) {
            h = b - g;
        } else if (green == value) {
            h = (float) (2.0 + r - b);
        } else {
            h = (float) (4.0 + g - r);
        }
        double around = h / 6.0 + 1.0;
        float turns = (float) (around < 1 ? around : around - 1);
        return (int) (turns * 255.0);
    }

    private static int rgb(int red, int green, int blue) {
        return red << 16 | green << 8 | blue;
    }
}
