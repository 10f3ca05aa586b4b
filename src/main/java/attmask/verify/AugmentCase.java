package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.data.AugmentationCase;
import attmask.data.Normaliser;
import attmask.data.RgbImage;
import attmask.ops.Augment.Crop;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Shape;
import attmask.tensor.Tensor;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * Every deterministic part of the augmentation against Pillow's pixels, in grey levels: as threads that load images make
 * it, and as the backend does.
 */
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
            RgbImage loaded = AugmentationCase.apply(op, image);
            compare(name, op, loaded.rgb(), file.bytes("expect/" + name), findings);
            AugmentationCase.crop(op, image).ifPresent(crop -> {
                byte[] made = onBackend(backend, crop, image, loaded);
                compare(name + " as a crop of the backend", op, made, file.bytes("expect/" + name), findings);
            });
        }
    }

    private static void compare(String name, JsonNode op, byte[] actual, byte[] expected, Findings findings) {
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

    /** @param size that of the result */
    private static byte[] onBackend(Backend backend, Crop crop, RgbImage image, RgbImage size) {
        try (Arena arena = new Arena("augmentation")) {
            Tensor bytes = arena.tensor(DType.U8, image.rgb().length);
            Tensor crops = arena.tensor(backend.real(), 1, 3, size.height(), size.width());
            arena.allocate(backend::allocate);
            backend.write(bytes, image.rgb());
            backend.augment().forward(crops, bytes, List.of(crop));
            float[] planes = new float[Math.toIntExact(crops.count())];
            backend.read(crops, planes);
            byte[] rgb = new byte[planes.length];
            int area = planes.length / 3;
            for (int i = 0; i < planes.length; i++) {
                rgb[i % area * 3 + i / area] = (byte) Normaliser.restore(planes[i], i / area);
            }
            return rgb;
        }
    }

    private static RgbImage image(SafeTensors file, String name) {
        Shape shape = file.shape(name);
        return new RgbImage(shape.dim(1), shape.dim(0), file.bytes(name));
    }
}
