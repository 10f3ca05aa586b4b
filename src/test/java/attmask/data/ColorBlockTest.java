package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ColorBlockTest {
    /** Every float next to a whole number on either side, and any others. */
    @Test
    void numbersAreRoundedDownHoweverNearTheNextOne() {
        for (int whole = 0; whole < 256; whole++) {
            assertEquals(whole, ColorBlock.floor(whole));
            assertEquals(whole, ColorBlock.floor(Math.nextUp((float) whole)));
            assertEquals(whole, ColorBlock.floor(Math.nextDown(whole + 1f)));
        }
        RandomStream random = new RandomStream(1, Purpose.TEST, 0, 0);
        for (int i = 0; i < 1_000_000; i++) {
            float number = (float) random.uniform(0, 256);
            assertEquals((float) Math.floor(number), ColorBlock.floor(number));
        }
    }

    @Test
    void allBelowZeroIsClippedToItAndAllAboveTo255() {
        for (float number : new float[] {-65_535, -256, -1, -0.5f, -1e-6f, -Float.MIN_VALUE}) {
            assertEquals(0, ColorBlock.clip(ColorBlock.floor(number)), "of " + number);
        }
        for (float number : new float[] {255, 255.5f, 256, 257, 511.99f, 65_535}) {
            assertEquals(255, ColorBlock.clip(ColorBlock.floor(number)), "of " + number);
        }
        for (int whole = 0; whole < 256; whole++) {
            assertEquals(whole, ColorBlock.clip(whole));
        }
    }

    @Test
    void greyIsRoundedForEveryColour() {
        ColorBlock block = new ColorBlock();
        Planes image = new Planes();
        image.reshape(256, 2);
        for (int red = 0; red < 256; red++) {
            for (int green = 0; green < 256; green += 2) {
                for (int i = 0; i < 512; i++) {
                    image.plane(0)[i] = red;
                    image.plane(1)[i] = green + i / 256;
                    image.plane(2)[i] = i % 256;
                }
                block.load(image, 0);
                float[] grey = block.grey();
                for (int i = 0; i < 512; i++) {
                    int expected = (19595 * red + 38470 * (green + i / 256) + 7471 * (i % 256) + 0x8000) >> 16;
                    if (grey[i] != expected) {
                        assertEquals(expected, grey[i], red + "," + green + "," + i);
                    }
                }
            }
        }
    }

    /** One instance for all: what an image leaves behind must not come out with the next one. */
    @Test
    void whatIsLoadedIsStored() {
        ColorBlock block = new ColorBlock();
        Planes image = new Planes();
        RandomStream random = new RandomStream(2, Purpose.TEST, 0, 0);
        for (int width : new int[] {512, 1, 511, 513, 1300}) {
            image.reshape(width, 1);
            int[][] expected = new int[3][width];
            for (int channel = 0; channel < 3; channel++) {
                for (int i = 0; i < width; i++) {
                    expected[channel][i] = random.nextInt(256);
                    image.plane(channel)[i] = expected[channel][i];
                }
            }
            for (int at = 0; at < width; at += ColorBlock.SIZE) {
                block.load(image, at);
                assertEquals(Math.min(512, width - at), block.length());
                for (int channel = 0; channel < 3; channel++) {
                    Arrays.fill(image.plane(channel), at, at + block.length(), -1);
                }
                block.store(image, at);
            }
            for (int channel = 0; channel < 3; channel++) {
                for (int i = 0; i < width; i++) {
                    assertEquals(expected[channel][i], image.plane(channel)[i]);
                }
            }
        }
    }
}
