package attmask.data;

import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * CIFAR's binary files and class names. The first byte of an input says which version, and whether the rest is filled
 * up to whole records, without which few inputs would come further than their length.
 */
public final class CifarFuzz implements FuzzTarget {
    private static final int FILLED = 2;

    @Override
    public List<byte[]> seeds() {
        return List.of(
                Seeds.joined("\2" + "a\nb\nc\nd\ne\nf\ng\nh\ni\nj", "\7pixels"),
                Seeds.joined("\3" + "names", "\7\11pixels"),
                Seeds.joined("\1", "not whole"));
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        int flags = input.length == 0 ? 0 : input[0];
        boolean hundred = flags % 2 != 0;
        List<byte[]> parts = Seeds.parts(Arrays.copyOfRange(input, Math.min(1, input.length), input.length), 2);
        int record = hundred ? 3074 : 3073;
        int length = parts.get(1).length;
        byte[] records =
                (flags & FILLED) == 0 ? parts.get(1) : Arrays.copyOf(parts.get(1), (length / record + 1) * record);
        return hundred
                ? Map.of("train.bin", records, "fine_label_names.txt", parts.get(0))
                : Map.of("data_batch_1.bin", records, "batches.meta.txt", parts.get(0));
    }

    @Override
    public void read(byte[] input, Path folder) {
        CifarBinary images = CifarBinary.train(folder);
        for (int i = 0; i < images.size(); i++) {
            images.image(i);
            if (images.classes().get(images.label(i)) == null) {
                throw new AssertionError("an image without a class");
            }
        }
    }
}
