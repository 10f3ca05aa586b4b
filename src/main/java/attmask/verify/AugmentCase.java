package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.data.AugmentationCase;
import attmask.data.RgbImage;
import attmask.ops.Backend;
import attmask.tensor.Shape;
import com.fasterxml.jackson.databind.JsonNode;

/** Every deterministic part of the augmentation against Pillow's pixels, in grey levels. */
final class AugmentCase implements GoldenCase {
    private static final double MEAN_BOUND = 0.6;
    private static final double LARGEST_BOUND = 3;
    /** Pillow turns the hue in 8-bit HSV. */
    private static final double HUE_MEAN_BOUND = 2;

    @Override
    public void run(SafeTensors file, Backend backend, Findings findings) {
        for (JsonNode op : KnnCase.json(file, "ops")) {
            String name = op.get("name").asText();
            RgbImage image = image(file, "image/" + op.get("source").asText());
            byte[] actual = AugmentationCase.apply(op, image).rgb();
            byte[] expected = file.bytes("expect/" + name);
            double sum = actual.length == expected.length ? 0 : Double.POSITIVE_INFINITY;
            int largest = 0;
            for (int i = 0; i < Math.min(actual.length, expected.length); i++) {
                int off = Math.abs((actual[i] & 0xFF) - (expected[i] & 0xFF));
                sum += off;
                largest = Math.max(largest, off);
            }
            boolean hue = op.get("op").asText().equals("hue");
            findings.add(name + " mean", sum / expected.length, hue ? HUE_MEAN_BOUND : MEAN_BOUND);
            if (!hue) {
                findings.add(name + " largest", largest, LARGEST_BOUND);
            }
        }
    }

    private static RgbImage image(SafeTensors file, String name) {
        Shape shape = file.shape(name);
        return new RgbImage(shape.dim(1), shape.dim(0), file.bytes(name));
    }
}
