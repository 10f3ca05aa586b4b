package attmask.fuzz;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.Arrays;

/** Damages files: some bytes changed, a stretch moved over another, put in or taken out, or the end cut off. */
final class Mutator {
    private static final byte[] EXTREME = {0, 1, 0x7F, (byte) 0x80, (byte) 0xFF};
    private static final int NEAR = 4096;
    private static final int STRETCH = 64;

    private final RandomStream random;

    private Mutator(RandomStream random) {
        this.random = random;
    }

    /** A damaged copy; the same for the same number. */
    static byte[] mutated(byte[] original, int number) {
        return new Mutator(new RandomStream(6, Purpose.INIT, number, 0)).mutated(original);
    }

    private byte[] mutated(byte[] original) {
        byte[] bytes = original.clone();
        int changes = 1 + random.nextInt(4);
        for (int change = 0; change < changes && bytes.length > 0; change++) {
            bytes = changed(bytes);
        }
        return bytes;
    }

    private byte[] changed(byte[] bytes) {
        int at = place(bytes.length);
        switch (random.nextInt(7)) {
            case 0 -> bytes[at] = (byte) random.nextInt(256);
            case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2 ->
                Arrays.fill(bytes, at, at + length(8, bytes.length - at), EXTREME[random.nextInt(EXTREME.length)]);
            case 3 -> {
                int from = place(bytes.length);
                System.arraycopy(bytes, from, bytes, at, length(STRETCH, bytes.length - Math.max(from, at)));
            }
            case 4 -> {
                int from = place(bytes.length);
                return spliced(bytes, at, at, from, from + length(STRETCH, bytes.length - from));
            }
            case 5 -> {
                return spliced(bytes, at, at + length(STRETCH, bytes.length - at), 0, 0);
            }
            default -> {
                return random.nextInt(8) == 0 ? Arrays.copyOf(bytes, at + 1) : bytes;
            }
        }
        return bytes;
    }

    private int length(int most, int room) {
        return Math.min(1 + random.nextInt(most), room);
    }

    /** The bytes up to {@code end}, those from {@code from} up to {@code to}, and those from {@code next} on. */
    private static byte[] spliced(byte[] bytes, int end, int next, int from, int to) {
        byte[] result = new byte[end + (to - from) + bytes.length - next];
        System.arraycopy(bytes, 0, result, 0, end);
        System.arraycopy(bytes, from, result, end, to - from);
        System.arraycopy(bytes, next, result, end + to - from, bytes.length - next);
        return result;
    }

    /** Half of the time near the start or the end, where the formats have their structure. */
    private int place(int length) {
        int near = Math.min(length, NEAR);
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(near);
            case 1 -> length - 1 - random.nextInt(near);
            default -> random.nextInt(length);
        };
    }
}
