package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlendTest {
    /** Every pair of values; factors whose products are whole, or next to it, or far out of range among them. */
    @ParameterizedTest
    @ValueSource(
            floats = {
                0,
                1e-30f,
                0.1f,
                0.2f,
                1 / 3f,
                0.6f,
                0.7f,
                0.8f,
                0.9f,
                0.99999994f,
                1,
                1.0000001f,
                1.1f,
                1.2f,
                1.4f,
                2.5f,
                3,
                100,
                255.99f,
                256,
                257,
                1e5f,
                1e30f,
                Float.MAX_VALUE
            })
    void everyBlendIsPillowsClippedAndTruncated(float factor) {
        ColorBlock block = new ColorBlock();
        Planes image = new Planes();
        image.reshape(256, 1);
        for (int other = 0; other < 256; other++) {
            for (int value = 0; value < 256; value++) {
                for (int channel = 0; channel < 3; channel++) {
                    image.plane(channel)[value] = value;
                }
            }
            block.load(image, 0);
            Blend.constant(block, other, factor);
            block.store(image, 0);
            for (int value = 0; value < 256; value++) {
                int expected = (int) Math.max(0, Math.min(255, other + factor * (value - other)));
                assertEquals(expected, image.plane(other % 3)[value], other + " and " + value);
            }
        }
    }
}
