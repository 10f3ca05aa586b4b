package attmask.fuzz;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Inputs of targets, and the parts of inputs that stand for several files. */
public final class Seeds {
    private Seeds() {}

    /** Resources of the class path, such as {@code /attmask/data/rgb.png}. */
    public static List<byte[]> resources(String folder, String... names) throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String name : names) {
            try (InputStream in = Seeds.class.getResourceAsStream(folder + name)) {
                if (in == null) {
                    throw new FileNotFoundException(folder + name);
                }
                seeds.add(in.readAllBytes());
            }
        }
        return seeds;
    }

    /** Several texts as one input, with a byte 0 between. */
    public static byte[] joined(String... texts) {
        return String.join("\0", texts).getBytes(StandardCharsets.UTF_8);
    }

    /** The parts of an input, at most so many; those that are missing are empty. */
    public static List<byte[]> parts(byte[] input, int count) {
        List<byte[]> parts = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < input.length && parts.size() < count - 1; at++) {
            if (input[at] == 0) {
                parts.add(Arrays.copyOfRange(input, from, at));
                from = at + 1;
            }
        }
        parts.add(Arrays.copyOfRange(input, from, input.length));
        while (parts.size() < count) {
            parts.add(new byte[0]);
        }
        return parts;
    }
}
