package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Size;
import attmask.config.UserException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class AugmentationTest {
    /** Pillow's arithmetic is integer or plain float32, and Java has the same: so equal, not merely close. */
    @TestFactory
    List<DynamicTest> everyGoldenOperationIsEqualToPillows() throws IOException {
        GoldenFile golden = GoldenFile.open("/attmask/golden/augment.safetensors");
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode op : golden.ops()) {
            String name = op.get("name").asText();
            tests.add(DynamicTest.dynamicTest(name, () -> {
                RgbImage source = golden.image("image/" + op.get("source").asText());
                RgbImage expected = golden.image("expect/" + name);
                RgbImage actual = AugmentationCase.apply(op, source);
                assertEquals(expected.width(), actual.width());
                assertArrayEquals(expected.rgb(), actual.rgb());
            }));
        }
        assertEquals(40, tests.size());
        return tests;
    }

    @Test
    void resizeLooksAtNothingOutsideItsBox() {
        RgbImage image = RgbImage.black(9, 9);
        for (int y = 2; y < 6; y++) {
            for (int i = (y * 9 + 3) * 3; i < (y * 9 + 8) * 3; i++) {
                image.rgb()[i] = (byte) 200;
            }
        }
        RgbImage crop = Augmentation.resizedCrop(image, 3, 2, 5, 4, new Size(7, 13));
        assertEquals(13, crop.width());
        assertEquals(7, crop.height());
        for (byte value : crop.rgb()) {
            assertEquals(200, value & 0xFF);
        }
    }

    @Test
    void cropOutsideTheImageIsRefused() {
        RgbImage image = RgbImage.black(4, 4);
        assertThrows(IllegalArgumentException.class, () -> Augmentation.resizedCrop(image, 1, 0, 4, 4, Size.square(2)));
    }

    @Test
    void evaluationOfANonSquareCropCoversIt() {
        RgbImage image = ramp(40, 30);
        RgbImage result = Augmentation.evaluation(image, new EvalTransform(16, new Size(16, 48)));
        assertEquals(48, result.width());
        assertEquals(16, result.height());
        // The image is 48x36 once it covers the crop, so the window starts at row 10.
        RgbImage whole = Augmentation.resizedCrop(image, 0, 0, 40, 30, new Size(36, 48));
        assertEquals(whole.get(0, 10, 0), result.get(0, 0, 0));
        assertEquals(whole.get(47, 25, 1), result.get(47, 15, 1));
    }

    @Test
    void evaluationWorksForExtremeShapes() {
        for (int[] size : new int[][] {{1, 1}, {1, 500}, {500, 1}, {2, 3}}) {
            RgbImage result = Augmentation.evaluation(ramp(size[0], size[1]), new EvalTransform(9, Size.square(7)));
            assertEquals(7, result.width());
        }
    }

    @Test
    void blurKeepsAConstantImageWhateverItsSize() {
        for (int[] size : new int[][] {{1, 1}, {2, 5}, {7, 3}}) {
            RgbImage image = RgbImage.black(size[0], size[1]);
            java.util.Arrays.fill(image.rgb(), (byte) 255);
            for (double radius : new double[] {0, 0.1, 1, 30}) {
                assertArrayEquals(
                        image.rgb(), Augmentation.gaussianBlur(image, radius).rgb(), "radius " + radius);
            }
        }
    }

    @Test
    void normalisedValuesAreImageNets() {
        RgbImage image = new RgbImage(2, 1, new byte[] {0, 0, 0, (byte) 255, (byte) 255, (byte) 255});
        float[] planes = Augmentation.normalise(image);
        assertEquals((1 - 0.485) / 0.229, planes[1], 1e-6);
        assertEquals(-0.456 / 0.224, planes[2], 1e-6);
        assertEquals((1 - 0.406) / 0.225, planes[5], 1e-6);
        for (int value = 0; value < 256; value++) {
            float[] one =
                    Augmentation.normalise(new RgbImage(1, 1, new byte[] {(byte) value, (byte) value, (byte) value}));
            for (int channel = 0; channel < 3; channel++) {
                assertEquals(value, Normaliser.restore(one[channel], channel));
            }
        }
    }

    @Test
    void badCasesNameTheirFault() throws IOException {
        for (String json : new String[] {
            "{\"op\":\"twirl\"}",
            "{}",
            "{\"op\":\"brightness\"}",
            "{\"op\":\"brightness\",\"factor\":\"high\"}",
            "{\"op\":\"solarize\",\"threshold\":1.5}",
            "{\"op\":\"resized_crop\",\"left\":0,\"top\":0,\"width\":9,\"height\":2,\"size\":4}",
            "{\"op\":\"resized_crop\",\"left\":0,\"top\":0,\"width\":2,\"height\":2,\"size\":4,\"filter\":\"bilinear\"}",
            "{\"op\":\"gaussian_blur\",\"radius\":-1}"
        }) {
            JsonNode entry = new ObjectMapper().readTree(json);
            UserException e =
                    assertThrows(UserException.class, () -> AugmentationCase.apply(entry, RgbImage.black(4, 4)), json);
            assertTrue(e.getMessage().startsWith("augmentation case"), e.getMessage());
        }
    }

    private static RgbImage ramp(int width, int height) {
        RgbImage image = RgbImage.black(width, height);
        for (int i = 0; i < image.rgb().length; i++) {
            image.rgb()[i] = (byte) (i * 7 / 3);
        }
        return image;
    }
}
