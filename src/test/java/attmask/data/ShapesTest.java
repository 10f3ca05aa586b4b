package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Range;
import attmask.config.Size;
import attmask.config.UserException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ShapesTest {
    private static Shapes shapes(Shapes.Split split, int size) {
        return new Shapes(Shapes.Style.DEFAULT, split, size);
    }

    /** An image is its number alone: not the number of images, the order of asking, or the instance. */
    @Test
    void anImageDependsOnItsNumberOnly() {
        Shapes few = shapes(Shapes.Split.TRAIN, 50);
        Shapes many = shapes(Shapes.Split.TRAIN, 5000);
        RgbImage first = few.image(7);
        for (int i = 0; i < 50; i++) {
            assertArrayEquals(few.image(i).rgb(), many.image(i).rgb());
        }
        assertArrayEquals(first.rgb(), few.image(7).rgb());
    }

    /** Published numbers are for these very images, so their checksum must never change. */
    @Test
    void theImagesAreTheSameEverywhereAndForEver() {
        CRC32 sum = new CRC32();
        for (int i = 0; i < 200; i++) {
            sum.update(shapes(Shapes.Split.TRAIN, 200).image(i).rgb());
            sum.update(shapes(Shapes.Split.VALIDATION, 200).image(i).rgb());
        }
        assertEquals("c4306ee4", Long.toHexString(sum.getValue()));
    }

    @Test
    void classesAreBalancedAndTen() {
        Shapes shapes = shapes(Shapes.Split.TRAIN, 120);
        int[] counts = new int[10];
        for (int i = 0; i < 120; i++) {
            counts[shapes.label(i)]++;
        }
        for (int count : counts) {
            assertEquals(12, count);
        }
        assertEquals(10, new HashSet<>(shapes.classes()).size());
    }

    @Test
    void noImageIsSeenTwiceNorInBothSplits() {
        Set<ByteBuffer> seen = new HashSet<>();
        for (Shapes.Split split : Shapes.Split.values()) {
            Shapes shapes = shapes(split, 1000);
            for (int i = 0; i < 1000; i++) {
                assertTrue(seen.add(ByteBuffer.wrap(shapes.image(i).rgb())), shapes.name(i));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"8,8", "16,48", "48,16", "33,21", "64,64"})
    void anySizeAndShape(int height, int width) {
        Shapes.Style style = Shapes.Style.DEFAULT.withSize(new Size(height, width));
        Shapes shapes = new Shapes(style, Shapes.Split.TRAIN, 40);
        for (int i = 0; i < 40; i++) {
            RgbImage image = shapes.image(i);
            assertEquals(width, image.width());
            assertEquals(height, image.height());
        }
    }

    /** Were the mean colour to tell the class, nothing about shape would have to be learned. */
    @Test
    void meanColourDoesNotTellTheClass() {
        Shapes shapes = shapes(Shapes.Split.TRAIN, 4000);
        double[] sums = new double[10];
        double total = 0;
        double squares = 0;
        for (int i = 0; i < 4000; i++) {
            double mean = 0;
            for (byte value : shapes.image(i).rgb()) {
                mean += (value & 0xFF) / 3072.0;
            }
            sums[shapes.label(i)] += mean / 400;
            total += mean / 4000;
            squares += mean * mean / 4000;
        }
        double deviation = Math.sqrt(squares - total * total);
        for (double sum : sums) {
            // 4.5 standard errors of a mean of 400.
            assertTrue(Math.abs(sum - total) < 4.5 * deviation / 20, sum + " beside " + total);
        }
    }

    /** Every object differs from every other turned by any angle, in at least a tenth of the larger one's area. */
    @ParameterizedTest
    @EnumSource(ShapeClass.class)
    void outlinesDifferUnderRotation(ShapeClass shape) {
        for (ShapeClass other : ShapeClass.values()) {
            for (int degrees = 0; other != shape && degrees < 360; degrees += 10) {
                assertTrue(difference(shape, other, Math.toRadians(degrees)) > 0.1, other + " turned by " + degrees);
            }
        }
    }

    private static double difference(ShapeClass one, ShapeClass other, double angle) {
        int either = 0;
        int both = 0;
        for (double v = -1; v <= 1; v += 0.05) {
            for (double u = -1; u <= 1; u += 0.05) {
                boolean inOne = one.contains(u, v);
                boolean inOther = other.contains(
                        u * Math.cos(angle) + v * Math.sin(angle), v * Math.cos(angle) - u * Math.sin(angle));
                either += inOne || inOther ? 1 : 0;
                both += inOne && inOther ? 1 : 0;
            }
        }
        return (double) (either - both) / either;
    }

    @Test
    void objectsFillWhatTheyAreMeantTo() {
        for (ShapeClass shape : ShapeClass.values()) {
            double farthest = 0;
            for (double v = -1.2; v <= 1.2; v += 0.02) {
                for (double u = -1.2; u <= 1.2; u += 0.02) {
                    farthest = shape.contains(u, v) ? Math.max(farthest, Math.hypot(u, v)) : farthest;
                }
            }
            assertTrue(farthest > 0.85 && farthest < 1.2, shape + " reaches " + farthest);
        }
    }

    @Test
    void wrongNumbersAreRefused() {
        Shapes shapes = shapes(Shapes.Split.TRAIN, 10);
        assertThrows(IndexOutOfBoundsException.class, () -> shapes.image(10));
        assertThrows(IndexOutOfBoundsException.class, () -> shapes.label(-1));
        assertThrows(UserException.class, () -> Shapes.Style.DEFAULT.withSize(Size.square(7)));
        assertThrows(UserException.class, () -> Shapes.Style.DEFAULT.withSize(new Size(32, 2049)));
        assertThrows(
                UserException.class,
                () -> new Shapes.Style(Size.square(32), new Range(0.1, 0.6), 40, 9, 0.5, 0.6, 0.1));
        assertFalse(shapes.name(3).isBlank());
    }
}
