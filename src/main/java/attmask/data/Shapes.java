package attmask.data;

import attmask.config.DataConfig;
import attmask.config.Range;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Built-in images, drawn from their number alone: one of ten kinds of object, off-centre on a textured background with
 * small marks. Scale, place, tilt, light and background vary independently of the class: the object's outline tells it,
 * and its hue hints at it. Image {@code i} has class {@code i mod 10}. The same on every JDK.
 */
public final class Shapes implements ImageSource {
    /** The images are data, not part of a run's randomness: every run sees the same ones. */
    private static final long SEED = 20220718;

    private static final List<String> CLASSES = Arrays.stream(ShapeClass.values())
            .map(shape -> shape.name().toLowerCase(Locale.ROOT))
            .toList();

    /** Training and validation images have nothing in common but the law they are drawn from. */
    public enum Split {
        TRAIN,
        VALIDATION
    }

    /**
     * What the images look like.
     *
     * @param size of the images, each side 8 to 2048
     * @param radius of the circle round the object, as a share of the shorter side
     * @param maxTilt objects are turned by up to this angle either way, in degrees
     * @param marks largest number of small marks
     * @param texture contrast of the background's two colours, 0..1
     * @param saturation of the colours of background and marks: 0 greys, 1 vivid
     * @param hueSpread objects of class c have the hue c/10 ± this, in turns of the colour circle: as with natural
     *     classes, colour is a hint and not the answer; 0.5 makes it no hint at all
     */
    public record Style(
            Size size, Range radius, double maxTilt, int marks, double texture, double saturation, double hueSpread) {
        /** 32 × 32 pixels; the circle round the object takes 28 to 55 % of the area. */
        public static final Style DEFAULT = new Style(Size.square(32), new Range(0.3, 0.42), 25, 6, 0.5, 0.18, 0.03);

        /** @throws UserException when a value is out of range */
        public Style {
            int smaller = Math.min(size.height(), size.width());
            int larger = Math.max(size.height(), size.width());
            if (smaller < 8 || larger > 2048) {
                throw new UserException("built-in images of " + size + " pixels: each side must be 8 to 2048");
            }
            boolean valid = radius.min() > 0
                    && radius.max() <= 0.5
                    && maxTilt >= 0
                    && maxTilt <= 180
                    && marks >= 0
                    && marks <= 1000
                    && texture >= 0
                    && texture <= 1
                    && saturation >= 0
                    && saturation <= 1
                    && hueSpread >= 0
                    && hueSpread <= 0.5;
            if (!valid) {
                throw new UserException("built-in images: radius 0..0.5, tilt 0..180, marks 0..1000, texture and "
                        + "saturation 0..1, hue spread 0..0.5; got " + radius + ", " + maxTilt + ", " + marks + ", "
                        + texture + ", " + saturation + ", " + hueSpread);
            }
        }

        /** The same look at another size. */
        public Style withSize(Size other) {
            return new Style(other, radius, maxTilt, marks, texture, saturation, hueSpread);
        }
    }

    private final Style style;
    private final Split split;
    private final int size;

    /** @param size number of images */
    public Shapes(Style style, Split split, int size) {
        this.style = style;
        this.split = split;
        this.size = size;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int label(int index) {
        return Objects.checkIndex(index, size) % CLASSES.size();
    }

    @Override
    public String name(int index) {
        return DataConfig.SHAPES + "/" + split.name().toLowerCase(Locale.ROOT) + "/" + CLASSES.get(label(index)) + "-"
                + index;
    }

    @Override
    public List<String> classes() {
        return CLASSES;
    }

    @Override
    public RgbImage image(int index) {
        RandomStream random = new RandomStream(SEED, Purpose.SHAPES, split.ordinal(), Objects.checkIndex(index, size));
        int width = style.size().width();
        int height = style.size().height();
        ShapeCanvas canvas = new ShapeCanvas(width, height);
        float[] first = color(random);
        float[] second = contrasting(random, first);
        canvas.background(new ShapeTexture(random), first, second);
        for (int mark = random.nextInt(style.marks() + 1); mark > 0; mark--) {
            drawMark(canvas, random);
        }
        float[] color = standingOut(random, label(index), first, second);
        canvas.object(ShapeClass.values()[label(index)], placement(random), color, random.uniform(-0.15, 0.15));
        return canvas.image();
    }

    /** A grey of 40..215, tinted. */
    private float[] color(RandomStream random) {
        float grey = (float) random.uniform(40, 215);
        float[] color = new float[3];
        for (int channel = 0; channel < 3; channel++) {
            color[channel] = tint(random, grey);
        }
        return color;
    }

    private float tint(RandomStream random, float grey) {
        double tinted = grey + style.saturation() * random.uniform(-110, 110);
        return (float) Math.max(5, Math.min(250, tinted));
    }

    /** The second colour of a texture: not far from the first. */
    private float[] contrasting(RandomStream random, float[] first) {
        double shift = style.texture() * random.uniform(30, 110) * (random.nextBoolean() ? 1 : -1);
        float[] second = new float[3];
        for (int channel = 0; channel < 3; channel++) {
            double value = first[channel] + shift + style.saturation() * random.uniform(-30, 30);
            second[channel] = (float) Math.max(5, Math.min(250, value));
        }
        return second;
    }

    /** A colour of the class, lighter than the whole background or darker than all of it. */
    private float[] standingOut(RandomStream random, int label, float[] first, float[] second) {
        double low = Math.min(intensity(first), intensity(second));
        double high = Math.max(intensity(first), intensity(second));
        double hue = label / (double) CLASSES.size() + random.uniform(-style.hueSpread(), style.hueSpread());
        double vivid = random.uniform(0.65, 1);
        double gap = 45;
        double room = low > 255 - high ? random.uniform(0.35, 1) * Math.max(0, low - gap) : -1;
        double light = room >= 0 ? room : high + gap + random.uniform(0, 0.65) * Math.max(0, 255 - high - gap);
        return shade(hue, vivid, Math.max(25, Math.min(230, light)));
    }

    /** The colour of a hue with a given intensity: the vivid colour darkened, or lightened towards white. */
    private static float[] shade(double hue, double vivid, double light) {
        float[] color = new float[3];
        for (int channel = 0; channel < 3; channel++) {
            double turn = (hue + 1 - channel / 3.0) % 1;
            double pure = Math.max(0, Math.min(1, Math.abs(turn * 6 - 3) - 1));
            color[channel] = (float) (255 * (1 - vivid + vivid * pure));
        }
        double own = intensity(color);
        for (int channel = 0; channel < 3; channel++) {
            double lit = light <= own
                    ? color[channel] * light / own
                    : color[channel] + (255 - color[channel]) * (light - own) / (255 - own);
            color[channel] = (float) Math.max(5, Math.min(250, lit));
        }
        return color;
    }

    /** Mean of the channels: at equal intensity the mean of an image tells nothing of its hues. */
    private static double intensity(float[] color) {
        return (color[0] + color[1] + color[2]) / 3.0;
    }

    /** A dot or a short stroke, small beside any object. */
    private void drawMark(ShapeCanvas canvas, RandomStream random) {
        double unit = Math.min(style.size().height(), style.size().width());
        double x = random.uniform(0, style.size().width());
        double y = random.uniform(0, style.size().height());
        double length = random.nextBoolean() ? random.uniform(0.06, 0.2) * unit : 0;
        double angle = random.uniform(0, 2 * Math.PI);
        double radius = random.uniform(0.012, 0.04) * unit;
        float[] color = color(random);
        canvas.stroke(x, y, x + length * StrictMath.cos(angle), y + length * StrictMath.sin(angle), radius, color);
    }

    /** Anywhere, with at most a tenth of the radius outside the image. */
    private ShapeCanvas.Placement placement(RandomStream random) {
        int width = style.size().width();
        int height = style.size().height();
        double radius = random.uniform(style.radius().min(), style.radius().max()) * Math.min(width, height);
        double margin = 0.9 * radius;
        double angle = StrictMath.toRadians(random.uniform(-style.maxTilt(), style.maxTilt()));
        return new ShapeCanvas.Placement(
                random.uniform(margin, width - margin),
                random.uniform(margin, height - margin),
                radius,
                StrictMath.cos(angle),
                StrictMath.sin(angle));
    }
}
