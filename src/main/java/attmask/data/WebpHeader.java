package attmask.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What a WebP claims and its decoder believes: its length, and the sizes of the frames on its canvas. */
final class WebpHeader {
    private static final int RIFF_HEADER = 12;
    /** From a chunk's name to behind the numbers of its frame's size. */
    private static final int FRAME_HEADER = 18;

    private static final int LOSSY = name("VP8 ");
    private static final int LOSSLESS = name("VP8L");
    private static final int SIDE_BITS = 14;
    private static final int SIDE_MASK = (1 << SIDE_BITS) - 1;

    private WebpHeader() {}

    private static int name(String text) {
        return order(text.getBytes(StandardCharsets.US_ASCII)).getInt(0);
    }

    private static ByteBuffer order(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether a file starts as a RIFF, of which WebP is the one for images. */
    static boolean isRiff(byte[] file) {
        return file.length >= RIFF_HEADER && order(file).getInt(0) == name("RIFF");
    }

    /**
     * The decoder takes missing bytes for zeros, and a frame has a size of its own, whatever the canvas says.
     *
     * @throws UnreadableImageException if the file ends early, or a frame has more pixels than allowed
     */
    static void check(byte[] file, long mostPixels) throws UnreadableImageException {
        ByteBuffer bytes = order(file);
        if (Integer.toUnsignedLong(bytes.getInt(4)) + 8 > file.length) {
            throw new UnreadableImageException("truncated");
        }
        // Wherever they are, also inside other chunks.
        for (int at = RIFF_HEADER; at + FRAME_HEADER <= file.length; at++) {
            int chunk = bytes.getInt(at);
            long pixels = 0;
            if (chunk == LOSSY) {
                pixels = (long) (bytes.getShort(at + 14) & SIDE_MASK) * (bytes.getShort(at + 16) & SIDE_MASK);
            } else if (chunk == LOSSLESS) {
                int sides = bytes.getInt(at + 9);
                pixels = (long) ((sides & SIDE_MASK) + 1) * ((sides >>> SIDE_BITS & SIDE_MASK) + 1);
            }
            if (pixels > mostPixels) {
                throw new UnreadableImageException(
                        "a frame of " + pixels + " pixels, more than the limit of " + mostPixels);
            }
        }
    }
}
